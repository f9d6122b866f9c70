// Package stats has the few statistics that results are reported with: sums in
// NumPy's order ([Sum]), and pooled means,
// quantiles and ratios with bootstrap intervals ([Mean]),
// also of differences between episodes in pairs ([PairedDifference]), which are
// tested by turning their signs ([SignFlip]), several at once with [Holm]'s
// correction.
package stats
