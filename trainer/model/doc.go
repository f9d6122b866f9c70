// Package model is the network: one causal transformer for all tasks, with an
// encoder and heads for each.
//
// Its nouns: a Config says what a Model is made of; a Task is the part of one
// environment, with its encoder, its layout of tokens and its heads; a Batch is
// packed sequences to learn from, and a Session one episode that is being
// played, which keeps what attention needs of the past.
package model
