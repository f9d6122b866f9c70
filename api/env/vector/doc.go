// Package vector steps many environments together in this process.
//
// Its nouns: [Local] is an env.Vector of environments made by one factory;
// [Pool] is the goroutines that vectors share, so that a step uses all cores
// however many vectors there are. In steady state a step allocates nothing per
// environment. Results don't depend on the number of cores.
package vector
