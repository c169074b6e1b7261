// Package harden is the room for checks and changes of an Asterisk host:
// audit, plan, apply, rollback, passwords. Nothing lives in it yet.
package harden
