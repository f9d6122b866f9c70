package policy

// fixed always chooses the same level; beyond the top of a ladder it is the
// top.
type fixed struct {
	level int
	top   int
}

func (f *fixed) Start(v *Video, _ uint64) error {
	f.top = v.Levels() - 1
	return nil
}

func (f *fixed) Choose(*View) (int, error) { return min(f.level, f.top), nil }
