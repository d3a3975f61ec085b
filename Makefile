# make run    build sekimori and run it on its built-in policy, with an example zone instead of the real DNS
# make test   install what the tests need, then run all of them: this is what CI does
# The scripts are in .ci; each can be run by itself.

.PHONY: build run test test-setup check rules unit endtoend fuzz vulnerabilities clean

build:
	go build -trimpath -o bin/sekimori ./cmd/sekimori

run: build
	bin/sekimori run --demo

test: test-setup check rules unit endtoend fuzz vulnerabilities

test-setup:
	.ci/setup

# formatting, vet, staticcheck
check:
	.ci/check

# the rules for Prometheus, by promtool
rules:
	.ci/rules

# everything that needs neither root nor a mail server
unit:
	go test -race ./...
	go test -run '^TestMemory' ./cmd/sekimori

# real Postfix, Sendmail, Redis, Prometheus and systemd tools; needs root or sudo
endtoend:
	.ci/endtoend

fuzz:
	.ci/fuzz

vulnerabilities:
	.ci/vulnerabilities

clean:
	rm -rf bin
