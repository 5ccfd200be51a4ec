# The common commands. `make run` and `make test` work in a clean clone; both install what is missing first.

.PHONY: run demo-live build test coverage baseline bench chaos dev lint fmt proto setup setup-test help
.DEFAULT_GOAL := help

# rustup's programs, also where its line is not in the shell's profile yet.
export PATH := $(PATH):$(HOME)/.cargo/bin
# Programs that Debian does not have. Root's are where the servers' user can enter too.
export SHADOW_TOOLS ?= $(if $(filter 0,$(shell id -u)),/var/lib/shadow-analytics/tools,$(CURDIR)/.tools)

# The crates that are compiled for the browser.
WASM := --target wasm32-unknown-unknown -p shadow-domain -p shadow-proto -p shadow-web
section := @deploy/local/section.sh
target := $(or $(CARGO_TARGET_DIR),target)
buf := $(SHADOW_TOOLS)/node_modules/@bufbuild/buf-linux-$$(uname -m | sed 's/x86_64/x64/')/bin/buf
# The program that is wrong by intention: an example, built with a feature that nothing else is built with. All of the
# workspace is named, and an example is built like tests are, so that the dependencies of `make test` serve for it too.
broken := cargo build --locked --workspace --example broken --features shadow-chaos/chaos-broken

help: ## What there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /|/' | awk -F'|' '{ printf "make %-9s %s\n", $$1, $$2 }'

run: build ## Everything on this machine: builds, starts private servers, loads the demo, serves the dashboard; DEMO=small is quicker
	@exec $(target)/debug/shadow up $(if $(DEMO),--demo $(DEMO))

build: setup
	cargo build --locked -p shadow -p shadow-web-builder
	$(target)/debug/shadow-web-builder

# Everything is linted while it is built: linting first would look at every dependency twice. These variables are what
# `cargo clippy` sets for `cargo check`. Without optimisation our own code takes a third of the time to build, and the
# tests wait for servers and browsers anyway; dependencies are optimised, and shared with `make run`.
test: export RUSTC_WORKSPACE_WRAPPER := clippy-driver
test: export CLIPPY_ARGS := -D__CLIPPY_HACKERY__warnings
test: export CARGO_PROFILE_DEV_OPT_LEVEL := 0
test: setup-test ## Every check
	$(section) "Format" cargo fmt --all --check
	$(section) "Protos" $(buf) lint
	$(section) "Protos: what callers rely on" $(buf) breaking --against proto/baseline.binpb
	$(section) "Build and lints" cargo build --locked --workspace --all-targets
	$(section) "Lints for the browser" cargo clippy --locked $(WASM) -- -D warnings
	$(section) "Dashboard" $(target)/debug/shadow-web-builder
	$(section) "Tests" cargo test --locked --workspace --no-fail-fast
	$(section) "Faults: a program to be caught" $(broken)
	$(section) "Faults" $(target)/debug/shadow-chaos --kills 25 --broken acknowledge-before-commit
	$(section) "Python client" env SHADOW_PROGRAM=$(target)/debug/shadow proto/tests/python/run.sh
	@printf '\nEverything passed.\n'

coverage: ## How many of the services' lines the tests reach; fails under 80 %
	@deploy/setup/install.sh coverage
	@exec deploy/local/coverage.sh

lint: setup-test ## Format and lints only
	$(section) "Format" cargo fmt --all --check
	$(section) "Lints" cargo clippy --locked --workspace --all-targets -- -D warnings
	$(section) "Lints for the browser" cargo clippy --locked $(WASM) -- -D warnings

fmt: ## Formats the Rust code
	cargo fmt --all

proto: ## Generates the API's code again
	UPDATE_PROTO=1 cargo test -p shadow-proto --test generated

baseline: setup-test ## What proto changes are held against from now on: run it with a release, not with a change
	$(buf) build --exclude-source-info -o proto/baseline.binpb

bench: build ## Figures beside their baselines, in release
	cargo run --locked --release -p shadow-bench

chaos: setup ## Breaks everything while events come in, and checks what is left; KILLS= and SEED= choose
	cargo build --locked --workspace --bin shadow --bin shadow-chaos --example broken
	$(broken)
	@$(target)/debug/shadow-chaos

demo-live: ## Executions that come while one looks on, beside make run; RATE=10 opens ten in a second
	@exec $(target)/debug/shadow demo live $(if $(RATE),--rate $(RATE))

dev: setup ## As run, and again whenever a source file changes
	@exec deploy/local/dev.sh

setup:
	@deploy/setup/install.sh run

setup-test:
	@deploy/setup/install.sh test
