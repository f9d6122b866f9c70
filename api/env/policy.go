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

// Follower is a Policy that looks back on what was done, and wants to know where
// that was not what it chose: where exploration or another policy acted.
type Follower interface {
	Policy
	// Took says that the action in the given row was taken in the place of the
	// one that Act chose for that row of in. It comes after Act and before the
	// environment steps.
	Took(in *Batch, row int, action Arrays) error
}

// TookChecker is a Follower that says beforehand whether Took would refuse an
// action, as one beyond the choices that were shown, so that nothing has changed
// where it does.
type TookChecker interface {
	Follower
	CheckTook(in *Batch, row int, action Arrays) error
}

// Rememberer is a Policy that carries something from one episode to the next,
// so that the order of episodes changes what it does. Its episodes are played
// one after another.
type Rememberer interface {
	RemembersEpisodes()
}

// Inputs says what a policy looks at beside observations.
type Inputs struct {
	// Info and Reward say that it looks at those of a Batch. The reward is that
	// of the action before, and is not looked at where an episode begins.
	Info, Reward bool
	// Context counts the steps that a decision looks back on, its own included;
	// 0 where that is not known.
	Context int
}

// Reader is a Policy that says what it looks at, so that nobody needs to send
// the rest to it. A policy that does not say looks at infos, and not at rewards.
type Reader interface {
	Policy
	Inputs() Inputs
}

// InputsOf returns what a policy looks at.
func InputsOf(p Policy) Inputs {
	if reader, ok := p.(Reader); ok {
		return reader.Inputs()
	}
	return Inputs{Info: true}
}

// Joiner is a Policy that decides together with others of its kind in less time
// than they would take one by one, as networks do.
type Joiner interface {
	Policy
	// Group tells who can decide together: policies with equal groups.
	Group() any
	// Join does what Act of each turn's policy would. All are of one group, and
	// none has two turns. Turns share no rows of actions.
	Join(turns []Turn)
}

// Turn is the turn of one policy to act: what Act is given, and returns.
type Turn struct {
	Policy Policy
	In     *Batch
	Row    int
	Action Arrays
	Err    error
}
