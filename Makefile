# algsniff: `make demo` shows it working, `make test` tests it. Both install
# what is missing (Debian and Ubuntu), and go on without what can't be had.

GO        ?= go
CAPTURE   ?= testdata/pcaps/demo.pcap
FUZZTIME  ?= 10s
BENCHTIME ?= 1s
BENCH     ?= .
TESTFLAGS ?=

.DEFAULT_GOAL := help
.PHONY: help demo build test lint fuzz fuzz-list bench captures libpcap testtools

# 1 when a program with libpcap can be linked here, else 0. CGO_ENABLED from
# the environment or the command line has the last word.
cgo = $${CGO_ENABLED:-$$(printf '\#include <pcap.h>\nint main(void) { return pcap_lib_version() == 0; }\n' | \
	$$($(GO) env CC) -x c - -o /dev/null -lpcap >/dev/null 2>&1 && echo 1 || echo 0)}

# $(call install,PACKAGES) is a shell command: as root, or through a sudo that
# asks nothing; the package lists are fetched only when they prove too old.
install = { \
	if [ "$$(id -u)" = 0 ]; then as=; else as='sudo -n'; fi; \
	apt() { $$as env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 -o Acquire::Retries=2 "$$@" </dev/null >/dev/null 2>&1; }; \
	command -v apt-get >/dev/null && { [ -z "$$as" ] || sudo -n true 2>/dev/null; } && \
	echo installing: $(1) && \
	{ apt install -y --no-install-recommends $(1) || { apt update; apt install -y --no-install-recommends $(1); }; }; }

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: build ## build ./algsniff and run it on a capture of testdata/pcaps
	@echo "./algsniff $(CAPTURE)"
	@./algsniff "$(CAPTURE)" || [ $$? -eq 1 ] # 1: it found what there is to find

build: libpcap ## build ./algsniff
	@CGO_ENABLED=$(cgo) $(GO) build -o algsniff ./cmd/algsniff

test: libpcap testtools ## go vet and all tests, with the race detector
	@set -e; export CGO_ENABLED=$(cgo); race=-race; \
	if [ "$$CGO_ENABLED" = 0 ]; then race=; echo "without cgo: no race detector"; fi; \
	$(GO) vet ./...; \
	$(GO) test $$race -timeout 10m $(TESTFLAGS) ./...

lint: ## gofumpt, go vet, staticcheck
	@set -e; export CGO_ENABLED=$(cgo); \
	ill=$$($(GO) tool gofumpt -l .); \
	if [ -n "$$ill" ]; then echo "not gofumpt'ed:"; echo "$$ill"; exit 1; fi; \
	$(GO) vet ./...; \
	$(GO) tool staticcheck ./...

fuzz: ## every fuzz target for FUZZTIME (10s), one after another
	@set -e; export CGO_ENABLED=$(cgo); \
	list=$$($(MAKE) -s --no-print-directory fuzz-list); \
	log=$$(mktemp); trap 'rm -f "$$log"' EXIT; \
	echo "$$list" | while read -r pkg target; do \
		echo "$$target ($$pkg)"; \
		if $(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 1s "$$pkg" >"$$log" 2>&1 </dev/null; then \
			grep '^fuzz: elapsed' "$$log" | tail -n 1; \
		elif grep -q 'context deadline exceeded' "$$log" && ! grep -q 'Failing input written' "$$log"; then \
			echo "fuzz: time was up before its first round"; \
		else cat "$$log"; exit 1; fi; \
	done

fuzz-list: ## the fuzz targets: package and name
	@set -e; export CGO_ENABLED=$(cgo); \
	list=$$($(GO) test -list '^Fuzz' ./...); \
	echo "$$list" | awk '/^Fuzz/ { name[n++] = $$1 } $$1 == "ok" { for (i = 0; i < n; i++) print $$2, name[i]; n = 0 }'

bench: ## all benchmarks (BENCH=regexp BENCHTIME=1s)
	@CGO_ENABLED=$(cgo) $(GO) test -run '^$$' -bench '$(BENCH)' -benchtime $(BENCHTIME) -benchmem ./...

captures: ## make testdata/pcaps/*.pcap, the golden reports and README's sample
	$(GO) test ./internal/pcaptest -run 'TestSources' -update
	$(GO) test ./cmd/algsniff -run 'TestGolden' -update

libpcap:
	@[ $(cgo) = 1 ] || [ "$$CGO_ENABLED" = 0 ] || $(call install,gcc libc6-dev libpcap-dev) || true
	@[ $(cgo) = 1 ] || echo "without libpcap: a build that reads files, without --filter"

testtools:
	@p=; for t in tshark tcpdump iptables ip:iproute2; do \
		PATH="$$PATH:/usr/sbin:/sbin" command -v $${t%%:*} >/dev/null || p="$$p $${t##*:}"; done; \
	[ -z "$$p" ] || $(call install,$$p) || echo "not here:$$p; the tests that need them are skipped"
