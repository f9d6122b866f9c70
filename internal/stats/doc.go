// Package stats has the few statistics that results are reported with: sums
// without rounding error ([Sum]) and bootstrap intervals of a pooled mean
// ([Mean]).
package stats
