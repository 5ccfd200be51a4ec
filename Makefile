# The common commands. `make run` and `make test` work in a clean clone; both install what is missing first.

.PHONY: run build test bench dev lint fmt proto setup setup-test help
.DEFAULT_GOAL := help

# rustup's programs, also where its line is not in the shell's profile yet.
export PATH := $(PATH):$(HOME)/.cargo/bin
# Programs that Debian does not have. Root's are where the servers' user can enter too.
export SHADOW_TOOLS ?= $(if $(filter 0,$(shell id -u)),/var/lib/shadow-analytics/tools,$(CURDIR)/.tools)

# The crates that are compiled for the browser.
WASM := --target wasm32-unknown-unknown -p shadow-domain -p shadow-proto -p shadow-web
section := @deploy/local/section.sh
target := $(or $(CARGO_TARGET_DIR),target)

help: ## What there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /|/' | awk -F'|' '{ printf "make %-8s %s\n", $$1, $$2 }'

run: build ## Everything on this machine: builds, starts private servers, loads the demo, serves the dashboard
	@exec $(target)/debug/shadow up

build: setup
	cargo build --locked -p shadow -p shadow-web-builder
	$(target)/debug/shadow-web-builder

test: setup-test ## Every check
	$(section) "Format" cargo fmt --all --check
	$(section) "Protos" $(SHADOW_TOOLS)/node_modules/@bufbuild/buf-linux-$$(uname -m | sed 's/x86_64/x64/')/bin/buf lint
	$(section) "Lints" cargo clippy --locked --workspace --all-targets -- -D warnings
	$(section) "Lints for the browser" cargo clippy --locked $(WASM) -- -D warnings
	$(section) "Build" cargo build --locked --workspace --all-targets
	$(section) "Dashboard" $(target)/debug/shadow-web-builder
	$(section) "Tests" cargo test --locked --workspace --no-fail-fast
	$(section) "Python client" env SHADOW_PROGRAM=$(target)/debug/shadow proto/tests/python/run.sh
	@printf '\nEverything passed.\n'

lint: setup-test ## Format and lints only
	$(section) "Format" cargo fmt --all --check
	$(section) "Lints" cargo clippy --locked --workspace --all-targets -- -D warnings
	$(section) "Lints for the browser" cargo clippy --locked $(WASM) -- -D warnings

fmt: ## Formats the Rust code
	cargo fmt --all

proto: ## Generates the API's code again
	UPDATE_PROTO=1 cargo test -p shadow-proto --test generated

bench: build ## Figures beside their baselines, in release
	cargo run --locked --release -p shadow-bench

dev: setup ## As run, and again whenever a source file changes
	@exec deploy/local/dev.sh

setup:
	@deploy/setup/install.sh run

setup-test:
	@deploy/setup/install.sh test
