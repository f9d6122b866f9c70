// Package archtest keeps the layout's import rules: who may know whom. Its
// test lists the imports of every package and fails on a forbidden pair.
package archtest
