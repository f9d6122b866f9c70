// Package model is the network: one causal transformer for all tasks, with an
// encoder and heads for each.
//
// Its nouns: a Config says what a Model is made of; a Task is the part of one
// environment, with its encoder, its tokens and its heads; a Batch is packed
// sequences to learn from (Model.Loss), and a Session one episode that is being
// played (Model.Decide), which keeps what attention needs of the past. A Policy
// is how likely actions that were taken are (Model.Policy), to learn from what
// came of them; critics say what steps are worth (Model.Values).
//
// The forms of tasks come from "Large Language Models as Generalist Policies for
// Network Optimization" (Wu et al.), "Decision Transformer: Reinforcement
// Learning via Sequence Modeling" (Chen et al., 2021), "Karma: Adaptive Video
// Streaming via Causal Sequence Modeling" and Decima (Mao et al., "Learning
// Scheduling Algorithms for Data Processing Clusters", 2019). DESIGN.md says
// where this model departs from them, and why.
package model
