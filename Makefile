# The whole interface to building and testing: `make help`.
.DEFAULT_GOAL := help
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c

export CGO_ENABLED ?= 0
BIN := bin/trailblazer
STATIC := dist/trailblazer
VENV := .venv
PYTHON ?= python3
GO_SOURCES := $(shell git ls-files -co --exclude-standard -- '*.go' go.mod go.sum 2>/dev/null)
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)

.PHONY: help
help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

.PHONY: build
build: $(BIN) ## Build the program, bin/trailblazer

$(BIN): $(GO_SOURCES)
	go build -trimpath -ldflags "-X main.version=$(VERSION)" -o $@ ./cmd/trailblazer

# Without OpenBLAS, which is loaded through the C library, the program needs none.
$(STATIC): $(GO_SOURCES)
	CGO_ENABLED=0 go build -tags noblas -trimpath -ldflags "-s -w -X main.version=$(VERSION)" -o $@ ./cmd/trailblazer

.PHONY: run
run: $(BIN) ## Serve the environments on http://127.0.0.1:8930
	$(BIN) serve

.PHONY: demo
demo: $(BIN) ## On built-in data, play the baselines, collect and prove experience, and train a model on more
	$(BIN) rollout --scenario abr/default-test --policies random,bba,mpc,robust-mpc,mpc-tuned,offline-optimum --data ''
	$(BIN) rollout --scenario cjs/default-test --seed 1000 --episodes 20 --policies random,fifo,fair,sjf,weighted-fair,linear --data ''
	$(BIN) rollout --scenario cc/test --episodes 50 --policies gcc-prod,nada,bbr,request-rate,oracle --data ''
	@rm -rf build/demo
	$(BIN) collect --scenario abr/train --policies bba,mpc-tuned --episodes 50 --out build/demo --data ''
	$(BIN) verify build/demo --data ''
	@rm -rf build/quick
	$(BIN) recipe run quick --out build/quick --data ''

.PHONY: test
test: test-go test-race test-python test-typescript ## Run all tests: Go, race detector, Python, TypeScript

.PHONY: test-go
test-go: ## Run the Go tests
	go vet ./...
	go test -json ./... 2>&1 | go run ./internal/testcount

# The race detector needs cgo, hence a C compiler.
.PHONY: test-race
test-race: ## Run the server's and the contract's tests under the race detector
	@if command -v "$$(go env CC)" >/dev/null; then \
		CGO_ENABLED=1 go test -race -short -json ./api/env/... ./envserver/... ./clients/go/... ./internal/rollout/... ./internal/bench/... ./sparksim/tune/... ./datasets/... ./trainer/agent/... ./trainer/kernel/... ./trainer/rl/... 2>&1 | go run ./internal/testcount; \
	else \
		echo "skipped: the race detector needs a C compiler, and there is none"; \
	fi

.PHONY: test-python
test-python: $(BIN) $(STATIC) $(VENV)/.installed ## Run the Python client's tests
	TRAILBLAZER_BINARY=$(CURDIR)/$(BIN) TRAILBLAZER_STATIC_BINARY=$(CURDIR)/$(STATIC) $(VENV)/bin/python -m pytest -q -rs clients/python/tests

.PHONY: test-typescript
test-typescript: $(BIN) clients/typescript/node_modules/.installed ## Run the TypeScript client's tests
	cd clients/typescript && TRAILBLAZER_BINARY=$(CURDIR)/$(BIN) npm test

clients/typescript/node_modules/.installed: clients/typescript/package-lock.json
	cd clients/typescript && npm ci --no-audit --no-fund
	touch $@

$(VENV)/.installed: clients/python/pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet -e 'clients/python[test,lint,examples]'
	touch $@

.PHONY: lint
lint: bin/buf .gen/proto $(VENV)/.installed ## Check formatting, types, and the API's style and compatibility
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { echo "run gofmt on:"; gofmt -l $$(git ls-files '*.go'); exit 1; }
	go vet ./...
	bin/buf lint
	bin/buf format -d --exit-code api
	bin/buf breaking api --against api/trailblazer/v1/released.binpb
	cd clients/python && $(CURDIR)/$(VENV)/bin/ruff check --quiet . && $(CURDIR)/$(VENV)/bin/ruff format --quiet --check . && $(CURDIR)/$(VENV)/bin/mypy --no-error-summary

.PHONY: generate
generate: bin/buf .gen/proto clients/typescript/node_modules/.installed ## Regenerate what the API's .proto files generate
	bin/buf generate
	go generate ./trainer/kernel/vec
	cd clients/typescript && npm run --silent generate

.PHONY: checkgenerate
checkgenerate: generate ## Fail if the committed generated code is out of date
	@git diff --exit-code -- api clients trainer/kernel/vec || { echo "generated code is out of date: commit what 'make generate' wrote"; exit 1; }

bin/buf: tools/buf/go.mod tools/buf/go.sum
	go -C tools/buf build -o $(CURDIR)/$@ github.com/bufbuild/buf/cmd/buf

.gen/proto: tools/validateproto/main.go tools/validateproto/go.mod
	go -C tools/validateproto run . $(CURDIR)/$@
	touch $@

.PHONY: bench
bench: ## Measure simulators, data sets, trainer, server and clients
	go test -run '^$$' -bench . -benchmem ./abrsim/... ./sparksim/... ./ccemu/... ./datasets/... ./trainer/... ./envserver/... ./clients/go/...

.PHONY: yardstick
yardstick: ## Time a training step beside PyTorch's or JAX's, whichever PYTHON has, taking turns
	$(PYTHON) trainer/kernel/benchmarks/yardstick.py

.PHONY: throughput
throughput: ## Time reinforcement learning beside Stable-Baselines3's and PyTorch's, whichever PYTHON has
	$(PYTHON) trainer/rl/benchmarks/throughput.py

BASELINES := random,rate-based,bba,bba-tuned,bola,mpc,robust-mpc,mpc-tuned,offline-optimum
DATA ?= $(TRAILBLAZER_DATA)

.PHONY: scores
scores: $(BIN) ## Play the README's baselines on the papers' test environments (DATA=DIR for the real data)
	for scenario in default-test ood1 ood2 ood3; do \
		$(BIN) rollout --scenario abr/$$scenario --policies $(BASELINES) --data "$(DATA)"; \
	done

SCHEDULERS := fifo,fair,sjf,critical-path,weighted-fair,linear,patient,thorough,random
DECIMA := decima-sampled,decima-greedy,decima-mean

.PHONY: scores-cjs
scores-cjs: $(BIN) ## Play the README's schedulers: 20 fresh sequences, and 10 streams of the papers' (DATA=DIR for the real data and Decima)
	for scenario in default-test ood1 ood2 ood3; do \
		$(BIN) rollout --scenario cjs/$$scenario --seed 1000 --episodes 20 --policies $(if $(DATA),$(DECIMA)$(comma))$(SCHEDULERS) --data "$(DATA)"; \
		for sequence in 666 1; do \
			$(BIN) rollout --scenario cjs/$$scenario --seed 1000 --episodes 10 --config "{\"sequence_seed\": $$sequence}" --policies $(if $(DATA),$(DECIMA)$(comma))$(SCHEDULERS) --data "$(DATA)"; \
		done; \
	done

CONTROLLERS := gcc-prod,gcc,gcc-draft,nada,scream,bbr,copa,vivace,loss-aimd,request-rate,last-rate,max-rate,oracle

.PHONY: scores-cc
scores-cc: $(BIN) ## Play the README's congestion controllers: 200 sessions of the test and of every set out of distribution (DATA=DIR for recorded networks)
	for scenario in test ood-capacity ood-dynamics ood-rtt ood-jitter ood-loss ood-queue ood-cross ood-request; do \
		$(BIN) rollout --scenario cc/$$scenario --episodes 200 --policies $(CONTROLLERS) --data "$(DATA)"; \
	done

.PHONY: papers
papers: $(BIN) ## Print the papers' tables and write their reports with figures, build/*.html (DATA=DIR for the real data)
	mkdir -p build
	for environment in abr cjs cc; do \
		$(BIN) bench $$environment --data "$(DATA)" --html build/$$environment.html --markdown build/$$environment.md; \
	done

RECIPES := abr abr-leak-free cjs cc generalist karma decision-transformer cloning specialists-abr specialists-cjs specialists-cc distill-abr distill-abr-leak-free distill

.PHONY: models
models: $(BIN) ## Train and measure the README's models, three seeds each, in hours: build/models (DATA=DIR for the real data)
	for recipe in $(RECIPES); do \
		$(BIN) recipe run $$recipe --out build/models/$$recipe --data "$(DATA)"; \
	done

.PHONY: testbed
testbed: $(BIN) ## Run a controller over a real bottleneck of this machine's kernel, and beside it in simulation (needs root)
	$(BIN) testbed

comma := ,

.PHONY: wheel
wheel: $(STATIC) ## Build the Python wheel with the program inside, dist/*.whl
	$(PYTHON) clients/python/build_wheel.py --binary $(STATIC) --out dist
