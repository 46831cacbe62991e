# The front door. `make run` on a bare Debian 12 with a Swift 6 toolchain gives a playing box; `make check test` is what
# CI runs.
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help run build test unit-test system-test model-test check format bench clean tools test-tools

# One static file per program: no Swift runtime to install beside it, and a quicker start. It shows nobody its symbols:
# plug-ins of ALSA that decode bring an FFmpeg of their own and must not find the one in here.
RELEASE := --configuration release --static-swift-stdlib -Xlinker --gc-sections -Xlinker --no-export-dynamic
SOURCES := Package.swift Sources Tests

BUILD_PACKAGES := libarchive-dev libasound2-dev libavcodec-dev libavformat-dev libbz2-dev libebur128-dev libgnutls28-dev \
	libnfc-dev libsonic-dev libsqlite3-dev libswresample-dev libsystemd-dev pkg-config zlib1g-dev
# ffmpeg the program encodes the demo music.
RUN_PACKAGES := ffmpeg libasound2-plugins
TEST_PACKAGES := binutils chromium curl dosfstools lame pulseaudio pulseaudio-utils
BENCH_PACKAGES := mpc mpd qemu-system-x86

help: ## say what can be made
	@sed -n 's/^\([a-z-]*\):[^#]*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 20

run: build ## build, start the box with demo music on port 5004, until Ctrl-C
	@.ci/packages $(RUN_PACKAGES)
	@exec .ci/box

build: tools ## build the three programs into .build/release
	swift build $(RELEASE)

test: unit-test system-test ## all tests

unit-test: tools test-tools ## tests of the modules, under Thread Sanitizer
	@echo "== make unit-test: modules under Thread Sanitizer"
	swift build --build-tests --sanitize=thread --scratch-path .build-tsan
	.ci/unit-tests

system-test: build test-tools ## tests of the real programs from outside
	@echo "== make system-test: the programs as black boxes"
	.venv/bin/python -m pytest --numprocesses 3 --dist loadfile Tests/System

# Without the sanitizer, which has its turn in unit-test with fewer operations.
model-test: tools ## phones that come and go at random, a hundred thousand operations
	swift build --build-tests
	.build/debug/musicboxPackageTests.xctest --testing-library swift-testing --filter ModelTests

check: ## formatting (warnings are errors in every build)
	swift format lint --strict --recursive --parallel --configuration .swift-format $(SOURCES)

format: ## format all Swift sources
	swift format --in-place --recursive --parallel --configuration .swift-format $(SOURCES)

bench: build test-tools ## measure the promises of the product, print one table
	@.ci/packages $(BENCH_PACKAGES)
	.venv/bin/pip install --quiet --requirement Tests/Benchmarks/requirements.txt
	.venv/bin/python Tests/Benchmarks

clean: ## forget everything built; the box's own state in run/ stays
	rm -rf .build .build-tsan .venv

tools:
	@.ci/packages $(BUILD_PACKAGES)

test-tools: .venv/requirements.txt
	@.ci/packages $(RUN_PACKAGES) $(TEST_PACKAGES)

# Copied last, so that a half-made environment is made again. Debian's python3 comes without what a venv needs, pyenv's
# with it.
.venv/requirements.txt: Tests/System/requirements.txt
	@python3 -c 'import ensurepip' 2>/dev/null || .ci/packages python3-venv
	python3 -m venv --clear .venv
	.venv/bin/pip install --quiet --requirement $<
	@cp $< $@
