// Package filelock keeps two processes from writing the same directory: each
// takes the lock of a file in it first ([Try]).
package filelock
