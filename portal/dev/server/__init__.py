"""
``make run``, ``make test`` and the other targets: everything that starts Partnerdesk from nothing.

``__main__`` runs under whatever Python the machine has and uses the standard library alone; it makes
``.venv`` and hands over to ``inside``, which runs there. Nothing in this package imports Django: it starts
processes.
"""
