SHELL := bash

.PHONY: help run demo test fuzz autobahn bench dev end-to-end setup audit fmt ci clean

help: ## Say what each target does
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## /\1\t/' | expand -t 14

run: setup ## Build, and serve at http://localhost:3000 with data in data/
	@scripts/run

demo: setup ## The same with ten people and some weeks of threads, in data/demo/
	@scripts/run --demo --data-dir data/demo

test: setup ## Run every test: Rust on SQLite and PostgreSQL, and the pages in Chromium
	@scripts/test

bench: ## Break a server on purpose and check that nothing is lost; ARGS="--help" lists what can be asked
	@scripts/bench $(ARGS)

fuzz: ## Try anything on decoders, device and server for longer than tests do; ARGS="4h", ARGS="30m device"
	@scripts/fuzz $(ARGS)

autobahn: ## Ask the WebSocket code everything that Autobahn's suite asks; needs Python 2.7
	@scripts/autobahn

dev: setup ## Serve a development build that reloads when a file changes
	@. scripts/environment && cargo leptos watch

end-to-end: setup ## Build, and run only the tests in Chromium
	@. scripts/environment && cargo leptos end-to-end

setup: ## Install what is missing for all of these
	@scripts/setup

audit: setup ## Check licences, sources and known weaknesses of everything it is made of
	@scripts/audit

fmt: ## Format the Rust code
	@cargo fmt

ci: ## Everything that must hold before a change is merged
	@.ci/run

clean: ## Remove everything that was built; data/ stays
	rm -rf target node_modules end2end/test-results
