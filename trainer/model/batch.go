package model

// Steps is packed steps of sequences of one task: what a model sees of them.
// Units and scales are the model's: whoever fills them in normalises.
type Steps struct {
	// Offsets has one entry more than there are sequences: sequence s owns the
	// steps Offsets[s] up to, not including, Offsets[s+1].
	Offsets []int32
	// Times counts each step within its episode, from 0; empty counts from
	// where each sequence begins.
	Times []int32
	// Condition holds what the rest of the episode is to bring from each step
	// on: a return-to-go or a QoE-to-go; empty where the task is not
	// conditioned.
	Condition []float32
	// Vector holds the observations of a vector encoder, steps × features.
	Vector []float32
	// Graph holds those of a graph encoder.
	Graph Graph
	// Actions are what was done at each step, which later steps may see. In a
	// sequence that is being played the last step's is not known yet.
	Actions Actions
}

// Actions holds an action for each step; a task uses the parts that its head
// has.
type Actions struct {
	// Choice is a discrete choice from 0, or the place of the chosen stage in
	// the step's list of Graph.Stages; -1 where none was chosen.
	Choice []int32
	// Executors is the number of executors, from 1.
	Executors []int32
	// Value is a real action in the model's scale.
	Value []float32
}

// Graph is the packed jobs of all steps. Indices count over the whole batch.
type Graph struct {
	// Nodes holds stages, nodes × features.
	Nodes []float32
	// Jobs holds features of jobs, and Global those of steps.
	Jobs, Global []float32
	// JobOffsets has one entry more than there are jobs: job j owns the nodes
	// from JobOffsets[j] up to, not including, JobOffsets[j+1].
	JobOffsets []int32
	// StepJobs has one entry more than there are steps: step t owns the jobs
	// from StepJobs[t] up to, not including, StepJobs[t+1].
	StepJobs []int32
	// Parents and Children are the ends of each edge, as nodes, step after
	// step.
	Parents, Children []int32
	// Stages lists, step after step, the nodes that an action may name; step t
	// owns those from StageOffsets[t] up to, not including, StageOffsets[t+1].
	Stages, StageOffsets []int32
	// Limits holds the most executors that an action may give each job, from 0.
	// Actions that ask for more count as asking for all of these.
	Limits []int32
}

// Targets says what to learn at each step; what a task's objective does not
// need is empty.
type Targets struct {
	// Actions are those to imitate.
	Actions Actions
	// Advantage holds, for every choice, what it loses against the best, at
	// most 0: steps × choices, in the model's scale. The objective cuts it off
	// at its floor.
	Advantage []float32
	// Weight is each step's share of the loss; 0 leaves a step out. Empty
	// stands for 1.
	Weight []float32
}

// Batch is what one training step learns of one task.
type Batch struct {
	// Task is the place of the task in Config.Tasks.
	Task int
	Steps
	Targets Targets
}
