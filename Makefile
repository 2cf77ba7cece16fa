# Everything that is done to this repository more than once. `make` alone lists the targets.

SWIFT ?= swift
# Options for every swift build and test, such as --jobs 2.
SWIFT_FLAGS ?=

# Tests that wait for programs, sockets and real servers: one after another, so that none waits for a processor too.
WAITING_TESTS := ^(EndToEndTests|CommandLineTests|TransportsTests)\.

.DEFAULT_GOAL := help
.PHONY: help build demo test dist distcheck lint docs bench faults captures fuzz clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## Build gatespec for use (release)
	@scripts/install-dependencies.sh build
	$(SWIFT) build $(SWIFT_FLAGS) -c release --product gatespec

demo: build ## Check a reference backend, then decode a capture
	scripts/demo.sh "$$($(SWIFT) build $(SWIFT_FLAGS) -c release --show-bin-path)/gatespec"

test: ## Run all tests (installs what they need)
	@scripts/install-dependencies.sh build test
	$(SWIFT) build $(SWIFT_FLAGS) --build-tests
	$(SWIFT) test $(SWIFT_FLAGS) --skip-build --skip '$(WAITING_TESTS)'
	$(SWIFT) test $(SWIFT_FLAGS) --skip-build --filter '$(WAITING_TESTS)' --no-parallel

dist: ## Make the tarball and the .deb, in .build/dist
	@scripts/install-dependencies.sh build dist
	SWIFT="$(SWIFT)" SWIFT_FLAGS="$(SWIFT_FLAGS)" scripts/dist.sh

distcheck: dist ## Install both in a bare Debian, use them, remove them (needs root)
	@scripts/install-dependencies.sh distcheck
	scripts/check-dist.sh

lint: ## Check the format of the Swift files, and the scripts
	@scripts/install-dependencies.sh lint
	$(SWIFT) format lint --strict --recursive Sources Tests Plugins Package.swift
	scripts/lint-scripts.sh

docs: ## Make the pages of the libraries, in .build/docs
	@scripts/install-dependencies.sh build
	SWIFT="$(SWIFT)" SWIFT_FLAGS="$(SWIFT_FLAGS)" scripts/docs.sh

bench: build ## Measure against libpcap's bare loop, tcpdump, tshark and tcpflow; time the cases
	@scripts/install-dependencies.sh test bench
	$(SWIFT) build $(SWIFT_FLAGS) --package-path Benchmarks -c release -Xswiftc -enable-testing
	Benchmarks/run.sh "$$($(SWIFT) build $(SWIFT_FLAGS) -c release --show-bin-path)/gatespec" \
	  "$$($(SWIFT) build $(SWIFT_FLAGS) --package-path Benchmarks -c release --show-bin-path)/microbench"
	Benchmarks/check.sh "$$($(SWIFT) build $(SWIFT_FLAGS) -c release --show-bin-path)/gatespec"

faults: build ## Play every case against every fault of the references (takes minutes)
	"$$($(SWIFT) build $(SWIFT_FLAGS) -c release --show-bin-path)/gatespec" faults matrix

captures: ## Make the captures anew with real servers (needs the right to capture)
	@scripts/install-dependencies.sh test
	captures/make.sh

fuzz: ## Give damaged bytes to everything (FUZZ_ROUNDS=N, FUZZ_SECONDS=N, FUZZ_SEED=N)
	@scripts/install-dependencies.sh build
	$(SWIFT) build $(SWIFT_FLAGS) -c release --product gatespec-fuzz
	"$$($(SWIFT) build $(SWIFT_FLAGS) -c release --show-bin-path)/gatespec-fuzz" \
	  --rounds $${FUZZ_ROUNDS:-10000000} --seconds $${FUZZ_SECONDS:-3600} $${FUZZ_SEED:+--seed $$FUZZ_SEED}

clean: ## Remove what was built
	$(SWIFT) package clean
	rm -rf .build
