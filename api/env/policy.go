package env

// Policy chooses actions for one environment at a time. It keeps whatever it
// remembers of the episode, so each environment needs a Policy of its own. Its
// randomness comes from the seed alone.
type Policy interface {
	// Reset forgets the episode before and seeds the policy's own randomness.
	// What a policy documents to keep across episodes stays.
	Reset(seed uint64)
	// Act reads what the environment shows in the given row of in, and writes
	// an action to the same row of action.
	Act(in *Batch, row int, action Arrays) error
}

// Planner is a Policy that simulates ahead. It wants the environment's state
// beside what the environment shows, and so it can only play where the
// environment is a Snapshotter; its Act says so in an error.
//
// A state says how an episode would go on. What of it a planner uses is for
// its documentation to say.
type Planner interface {
	Policy
	// Plan is Act, given also the state that the environment saves at this
	// moment. It keeps nothing of state.
	Plan(state []byte, in *Batch, row int, action Arrays) error
}

// EpisodeEnder is a Policy that also wants to see how an episode ended.
type EpisodeEnder interface {
	EndEpisode(in *Batch, row int) error
}

// Rememberer is a Policy that carries something from one episode to the next,
// so that the order of episodes changes what it does. Its episodes are played
// one after another.
type Rememberer interface {
	RemembersEpisodes()
}
