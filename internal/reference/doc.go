// Package reference has small environments whose solutions are known, against
// which learning is checked before it is let loose on a simulator:
//
//   - CartPole is Gymnasium's CartPole-v1, step by step. Its best return is 500.
//   - Bandit shows one of two lights, and pays for one of two arms by the light.
//   - Chain is a walk with a known optimal value of each place.
//   - Aim wants a real number that depends on what it shows.
//   - Driven pays for a choice, and far more or less by a random input that
//     the choice doesn't change, as jobs' arrivals and networks' bandwidths do.
//
// They are factories of package env, made for tests and benchmarks.
package reference
