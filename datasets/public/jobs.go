package public

import (
	"bufio"
	"fmt"
	"io"
	"strconv"

	"trailblazer/internal/numpyrand"
)

// jobsMade are the job sequences that the reference simulator draws for the
// seeds of its experiments. They are published as their generator.
func jobsMade() []Made {
	var list []Made
	for _, f := range []struct {
		seed uint64
		jobs int
		sum  string
	}{
		{1, 200, "771481e959f877078e34d6a34a7c52bc875fcec34d3c1ef763f87b12c6807849"},
		{1, 450, "d61a266ce2a83ff2fd83ffe614ef5968f549c90d84bf063eef5c5646c91d02d1"},
		{666, 200, "fdd5ce76213866bdc7c194589a15931aec8f1d856d0b01f3b93e89555240bf44"},
		{666, 450, "90f951da4456829c9f227bbf8626bb669762b2a1396ccecb076e7e937f25dac8"},
	} {
		list = append(list, Made{Path: fmt.Sprintf("cjs/jobseq/jobseq_seed%d_cap%d.csv", f.seed, f.jobs), SHA256: f.sum,
			make: func(w io.Writer, _ [][]byte, _ string) error { return writeJobs(w, f.seed, f.jobs) }})
	}
	return list
}

// writeJobs draws a sequence as spark-sched-sim's TPCHJobSequenceGen does: of
// each job the query, the size, and then the time to the next.
func writeJobs(w io.Writer, seed uint64, jobs int) error {
	sizes := tpchSizes()
	out := bufio.NewWriter(w)
	fmt.Fprintln(out, "job,arrival_ms,query,size")
	g := numpyrand.New(seed)
	// Jobs that arrive in a millisecond, in the experiments; its inverse is a bit
	// less than 25,000 in a float64, and so are the times.
	rate := 4e-5
	at := 0.0
	for job := range jobs {
		query := 1 + g.Integers(tpchQueries)
		size := sizes[g.Integers(uint32(len(sizes)))]
		text := strconv.FormatFloat(at, 'f', -1, 64)
		if at == 0 {
			text = "0.0"
		}
		fmt.Fprintf(out, "%d,%s,%d,%s\n", job, text, query, size)
		at += float64(g.Exponential() * (1 / rate))
	}
	return out.Flush()
}
