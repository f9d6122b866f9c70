package sparksim

// Model is what clusters of one config and one set of kinds of jobs have in
// common. It is immutable and safe for concurrent use.
type Model struct {
	config    Config // with defaults
	kinds     []kind
	intervals []interval
}

// kind is a job's kind with what a cluster's config adds.
type kind struct {
	job *Job
	// initial are the stages' states before any has begun, but for the job's
	// number; ready are those that may begin.
	initial []stageState
	ready   []uint64
}

// NewModel prepares clusters for jobs of these kinds. Errors are
// *setting.Error.
func NewModel(config Config, kinds []*Job) (*Model, error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}
	config = config.WithDefaults()
	m := &Model{config: config, kinds: make([]kind, len(kinds)), intervals: newIntervals(config.Executors)}
	for i, job := range kinds {
		m.kinds[i] = newKind(job, *config.WarmupDelayMs)
	}
	return m, nil
}

func newKind(job *Job, warmupMs float64) kind {
	k := kind{job: job, initial: make([]stageState, job.Stages()), ready: make([]uint64, words(job.Stages()))}
	for i := range k.initial {
		s := &job.stages[i]
		k.initial[i] = stageState{
			remaining: s.tasks, unsaturated: s.parents, unfinished: s.parents, number: int32(i),
			recentMs: s.roughMs, durations: newDurations(s.levels, warmupMs),
		}
		if s.parents == 0 {
			insert(k.ready, int32(i))
		}
	}
	return k
}

// NewCluster makes a cluster of the model.
func (m *Model) NewCluster() *Cluster {
	return &Cluster{Model: m, executors: make([]executor, m.config.Executors), idle: make([]uint64, words(m.config.Executors))}
}

// New makes a model and a cluster of it. Errors are those of [NewModel].
func New(config Config, kinds []*Job) (*Cluster, error) {
	m, err := NewModel(config, kinds)
	if err != nil {
		return nil, err
	}
	return m.NewCluster(), nil
}
