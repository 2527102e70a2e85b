# Thin wrappers over cargo. Each target does everything from a fresh checkout.

SHELL := /usr/bin/env bash
.DEFAULT_GOAL := help
.PHONY: help demo test eval faults invariants bench-ingest bench-search bench-answer escalation mutations fuzz build models lint release clean

READY := . .ci/env

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: models ## Ingest a handbook, serve it, ask questions over REST
	@$(READY) && .ci/demo

test: models ## Prove it: every test with the real models, then formatting and lints
	@$(READY) && export FOOTNOTE_MODELS_REQUIRED=1 && cargo test --locked --workspace
	@$(MAKE) --no-print-directory lint

EVAL = eval gate fixtures/questions.jsonl --corpus fixtures/corpus --rules fixtures/eval.toml \
	--against fixtures/baseline.json --cache "$${FOOTNOTE%/*}/eval"

faults: models ## Break every stage on purpose and see whether diagnose names it (two minutes)
	@$(READY) && export FOOTNOTE_MODELS_REQUIRED=1 && cargo test --locked --workspace --test e2e \
		-- --ignored --nocapture every_fault

invariants: models ## Ask every open question and check what is promised of each answer (a quarter of an hour)
	@$(READY) && export FOOTNOTE_MODELS_REQUIRED=1 && cargo test --locked --workspace --test e2e \
		-- --ignored --nocapture every_open_question

eval: models ## Compare retrieval on the fixtures with the committed baseline (UPDATE=1 replaces it)
	@$(READY) && "$$FOOTNOTE" $(EVAL) $(if $(UPDATE),--update)

bench-ingest: models ## Measure the pipeline against the embedder alone (FOLDER=... for other documents)
	@$(READY) && cargo build --locked --workspace --examples
	@$(READY) && "$${FOOTNOTE%/*}/examples/bench_embed" $(FOLDER)
	@$(READY) && "$${FOOTNOTE%/*}/examples/bench_ingest" $(FOLDER)

# The target directory.
BENCH = "$${FOOTNOTE%/debug/footnote}"

bench-search: models ## Measure search in up to a million chunks beside other engines (SIZES=..., release build)
	@$(READY) && cargo build --locked --release --workspace --bins --examples
	@$(READY) && peers="$$(.ci/peers $(BENCH)/peers)" && \
		$(BENCH)/release/examples/bench_search $(SIZES) --peers "$$peers"

bench-answer: models ## Measure the language model beside llama.cpp (AGREE=1 compares what it says, release build)
	@$(READY) && cargo build --locked --release --workspace --examples
	@$(READY) && peer="$$(.ci/llama $(BENCH)/llama)" && \
		$(BENCH)/release/examples/bench_answer --peer "$$peer" $(if $(AGREE),--agree)

escalation: models ## Escalate the fixture questions to llama.cpp (GGUF=... for another model than ours)
	@$(READY) && cargo test --locked --workspace --test e2e --no-run
	@$(READY) && export FOOTNOTE_MODELS_REQUIRED=1 FOOTNOTE_PEER_GGUF="$(GGUF)" && \
		FOOTNOTE_PEER="$$(.ci/endpoint $(BENCH)/endpoint)" && export FOOTNOTE_PEER && \
		cargo test --locked --workspace --test e2e -- --ignored --nocapture a_real_server

mutations: build ## Parse 20,000 damaged files as the service does (COUNT=... SEED=...)
	@$(READY) && cargo build --locked --workspace --examples
	@$(READY) && "$${FOOTNOTE%/*}/examples/mutations" $(or $(COUNT),20000) $(or $(SEED),1)

fuzz: ## Fuzz our own parsers for ten minutes, led by coverage (needs cargo-fuzz; FOR=seconds)
	@$(READY) && .ci/fuzz $(or $(FOR),600)

build: ## Build the binary in the shared profile
	@$(READY) && cargo build --locked --workspace

models: build ## Fetch and verify the model files
	@$(READY) && "$$FOOTNOTE" models pull

lint: ## Formatting, clippy and documentation, warnings are errors
	@$(READY) && cargo fmt --all --check && cargo clippy --locked --workspace --all-targets -- -D warnings
	@$(READY) && RUSTDOCFLAGS="-D warnings" cargo doc --locked --workspace --no-deps

release: ## Build the optimised binary (about 40 minutes on 2 cores)
	@$(READY) && cargo build --locked --release --bin footnote

clean: ## Remove what was built
	@$(READY) && cargo clean
