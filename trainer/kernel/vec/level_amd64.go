package vec

import "golang.org/x/sys/cpu"

// levels are those that this machine has, from plain Go up.
func levels() []level {
	all := []level{plainGo}
	if x := &cpu.X86; x.HasAVX2 && x.HasBMI2 {
		all = append(all, avx2)
		if x.HasAVX512F && x.HasAVX512VL && x.HasAVX512DQ {
			all = append(all, avx512)
		}
	}
	return all
}
