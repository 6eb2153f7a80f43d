# RadDeploy: `make help` lists what there is to do.

BUF := go run github.com/bufbuild/buf/cmd/buf@v1.75.0

.DEFAULT_GOAL := help

.PHONY: proto
proto: ## Generate the plugin contract's Go code from sdk/proto/*.proto
	$(BUF) lint --config sdk/proto/buf.yaml
	$(BUF) generate --config sdk/proto/buf.yaml --template sdk/proto/buf.gen.yaml
