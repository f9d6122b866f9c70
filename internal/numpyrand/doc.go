// Package numpyrand draws the numbers that numpy.random.default_rng(seed) draws,
// bit by bit: a [Generator].
//
// Its sources are O'Neill's PCG (HMC-CS-2014-0905; XSL RR 128/64) and seed
// sequences, Lemire's bounded integers (ACM TOMACS 2019), and the ziggurat of
// Marsaglia and Tsang (Journal of Statistical Software 2000) with 256 layers,
// each as NumPy 1.17 and later combine them. Package mt19937 is NumPy's older
// generator.
package numpyrand
