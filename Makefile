# RadDeploy: `make help` lists what there is to do.

BIN      ?= bin
VERSION  := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
MODULE   := github.com/raddeploy/raddeploy
FLAGS    := -trimpath -buildvcs=false -ldflags '-s -w -X $(MODULE)/core/cli.Version=$(VERSION) -X main.version=$(VERSION)'
PLUGINS  := $(wildcard plugins/*/cmd/raddeploy-executor-*)
MODULES  := . $(patsubst %/go.mod,%,$(wildcard examples/*/go.mod))
SERVICES := docker containerd registry images orthanc slurm launchers disk dcmtk dicom3tools ctn odil pixelmed dcmjs python prometheus chromium oidc rsyslog smtp systemd shells compose
BUF      := go run github.com/bufbuild/buf/cmd/buf@v1.75.0
PROTO    := sdk/proto
KILLS    ?= 200
FUZZ     ?= 1m
FUZZED   ?= core sdk plugins
SOAK     ?= 8h

export CGO_ENABLED := 0
.DEFAULT_GOAL := help
.PHONY: help build test fuzz crash soak bench demo services lint proto dist debtest clean screenshots

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## Build bin/raddeploy and its executors, bin/plugins/raddeploy-executor-NAME
	go build $(FLAGS) -o $(BIN)/raddeploy .
	go build $(FLAGS) -o $(BIN)/plugins/ $(addprefix ./,$(PLUGINS))

test: ## Run all tests; those whose service is missing skip and say so, unless CI=true
	@bash scripts/test.sh $(MODULES)

fuzz: ## Fuzz each parser for as long as FUZZ says (1m), or only those below the folders FUZZED
	@bash scripts/fuzz.sh $(FUZZ) $(FUZZED)

crash: ## Kill agent, plugins and engine KILLS times and cut the power half as often; SEED=N repeats one
	RADDEPLOY_KILLS=$(KILLS) RADDEPLOY_SEED=$(SEED) go test -count 1 -v -timeout 0 ./core/e2e/crash

soak: ## Do that with new seeds for as long as SOAK says (8h), or until something fails
	RADDEPLOY_SOAK=$(SOAK) RADDEPLOY_KILLS=$(KILLS) go test -count 1 -v -timeout 0 ./core/e2e/crash

bench: build ## Measure speed and memory against dcmtk and plain docker, both sides printed; fails if a target is missed
	RADDEPLOY_BIN=$(abspath $(BIN)) go test -count 1 -run '^$$' -bench . -benchtime 1x -timeout 20m ./bench
	go test -count 1 -run '^$$' -bench . -benchtime 1x -timeout 20m ./plugins/slurm/...

demo: build ## Send a synthetic CT through a model and back, on this machine, and say what happened
	@go build $(FLAGS) -o $(BIN)/demo/ ./examples/demo ./examples/threshold
	@$(BIN)/demo/demo

screenshots: ## Take the pictures of docs/img from the pages of a live agent, with Chromium
	mkdir -p docs/img
	RADDEPLOY_SCREENSHOTS=$(abspath docs/img) go test -count 1 -run TestScreenshots ./core/e2e

services: $(SERVICES:%=services-%) ## Install and start what the tests talk to (Debian, root); one alone: make services-NAME
services-images: services-docker services-containerd services-registry
services-%:
	@bash scripts/services/$*.sh

lint: ## Check formatting, vet, staticcheck, go.mod, generated code and shell scripts
	@bash scripts/lint.sh $(MODULES)

proto: ## Generate the executor contract's Go code from sdk/proto/executor.proto
	$(BUF) lint --config $(PROTO)/buf.yaml
	$(BUF) generate --config $(PROTO)/buf.yaml --template $(PROTO)/buf.gen.yaml
	sha256sum $(PROTO)/buf.gen.yaml $(PROTO)/*.proto $(PROTO)/*.pb.go >$(PROTO)/SHA256SUMS

dist: dist-amd64 dist-arm64 ## Pack an archive and a Debian package for amd64 and arm64 into dist
dist-%:
	@bash scripts/dist.sh $(VERSION) $*
	@bash scripts/deb.sh $(VERSION) $*

debtest: dist-amd64 ## Check the package by lintian, and by installing, upgrading and purging it in a Debian of its own
	@bash scripts/debtest.sh dist/raddeploy_*_amd64.deb

clean: ## Remove bin and dist
	rm -rf bin dist
