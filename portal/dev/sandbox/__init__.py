"""
A Partner API server of our own, for demonstrations, training and tests.

It is a process of its own that speaks HTTP and states the vendor's rules a second time, so that the portal
and the sandbox check each other. It imports nothing of the portal and nothing of the portal imports it.
"""
