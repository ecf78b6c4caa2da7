# `make run` and `make test` need Python 3.11 or newer and nothing else; see README.md.
# Each recipe gives its place to Python (exec), so that a signal to make reaches what runs.
PYTHON ?= python3
LAUNCH = @command -v "$(PYTHON)" >/dev/null || { echo "Partnerdesk needs Python 3.11 or newer, and there is no $(PYTHON)." >&2; exit 1; }; exec "$(PYTHON)" -m portal.dev.server

.PHONY: help run test reset install lint format types messages lock bench chaos mutants screenshots

help: ## say what there is
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1\t\2/p' Makefile | expand -t 20

run: ## start everything; PORT and SANDBOX_PORT choose other ports than 8000 and 8001
	$(LAUNCH) run

test: ## lint, types, contracts, migrations, deployment check and every test
	$(LAUNCH) test

reset: ## clear the state of `make run` (.local)
	$(LAUNCH) reset

install: ## install and build, and start nothing
	$(LAUNCH) install

lint: ## check style, templates and import contracts
	$(LAUNCH) lint

format: ## bring the code into the agreed form
	$(LAUNCH) format

types: ## check types
	$(LAUNCH) types

messages: ## gather the texts to translate and check that each is translated
	$(LAUNCH) messages

lock: ## resolve the Python packages; UPGRADE=1 takes the newest of each
	$(LAUNCH) lock

bench: ## measure
	$(LAUNCH) bench

chaos: ## only the tests that kill processes and cut lines, and made-up cases, in their long form
	$(LAUNCH) chaos

mutants: ## put deliberate faults into copies of the code; MUTANTS, MUTANTS_SEED and MUTANTS_MINUTES say how many, which, how long
	$(LAUNCH) mutants

screenshots: ## take the pictures of every page anew
	$(LAUNCH) screenshots
