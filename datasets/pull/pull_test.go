package pull

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"math"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"connectrpc.com/connect"

	"trailblazer/api/env"
	client "trailblazer/clients/go"
	"trailblazer/datasets/sample"
	"trailblazer/datasets/store"
	"trailblazer/datasets/traj"
	"trailblazer/envserver"
	"trailblazer/envserver/experience"
	"trailblazer/internal/testenv"
	"trailblazer/internal/testserve"
	"trailblazer/internal/testtraj"
)

// walks serves a data set of 70 episodes in four shards.
func walks(t testing.TB, o testserve.Options) *testserve.Server {
	t.Helper()
	if o.Dir == "" {
		o.Dir = t.TempDir()
	}
	testtraj.Fill(t, filepath.Join(o.Dir, "walks"), testenv.Walk, 70)
	return testserve.Start(t, o)
}

func dial(t testing.TB, url string, options ...client.Option) *Client {
	t.Helper()
	c, err := Dial(url, options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func pulled(t testing.TB, c *Client, q sample.Query, o Options) *Puller {
	t.Helper()
	p, err := c.Pull(t.Context(), "walks", q, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

func local(t testing.TB, s *testserve.Server, q sample.Query) *sample.Reader {
	t.Helper()
	set, err := traj.Open(filepath.Join(s.Dir, "walks"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := sample.Open(set, q, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		r.Close()
		set.Close()
	})
	return r
}

// encode returns a batch's bytes, all of them.
func encode(b *sample.Batch) []byte {
	out := binary.LittleEndian.AppendUint64(nil, b.Epoch)
	out = append(out, strings.Join(b.Policies, ",")...)
	for _, o := range b.RowOffsets {
		out = binary.LittleEndian.AppendUint64(out, uint64(o))
	}
	for i := range b.Episodes {
		out = binary.LittleEndian.AppendUint64(out, uint64(b.Episodes[i]))
		out = binary.LittleEndian.AppendUint32(out, uint32(b.Starts[i]))
	}
	out = binary.LittleEndian.AppendUint64(out, uint64(b.Frame.Rows))
	for i, field := range b.Frame.Fields {
		out = append(out, field.Name...)
		out = append(out, b.Frame.Values[i].Data...)
		for _, o := range b.Frame.Values[i].Offsets {
			out = binary.LittleEndian.AppendUint64(out, uint64(o))
		}
	}
	return out
}

// read reads a source up to its end, or up to so many batches.
func read(t testing.TB, s sample.Source, most int) [][]byte {
	t.Helper()
	var batches [][]byte
	for len(batches) < most {
		b, err := s.Next(t.Context())
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		batches = append(batches, encode(b))
	}
	return batches
}

func equal(a, b [][]byte) bool { return slices.EqualFunc(a, b, bytes.Equal) }

func queries() []sample.Query {
	return []sample.Query{
		{},
		{BatchSize: 7, Epochs: 2},
		{Window: 5, Stride: 2, BatchSize: 16, Shuffle: true, Seed: 1, PoolSteps: 100, Epochs: 3},
		{Window: 3, BatchSize: 10, Shuffle: true, Seed: math.MaxUint64, Fields: []string{"reward", "observation.seen"}, DropLast: true},
		{BatchSize: 4, Filter: sample.Filter{Policies: []string{"b"}, CompleteOnly: false}, Fields: []string{"policy", "observation.flags"}},
		{Window: 4, BatchSize: 5, Shuffle: true, PoolSteps: 60, Worker: 1, Workers: 3},
	}
}

// TestSameBytes compares pulls with reading the files, and with each other.
func TestSameBytes(t *testing.T) {
	s := walks(t, testserve.Options{})
	for _, options := range [][]client.Option{nil, {client.WithStream()}} {
		c := dial(t, s.URL, options...)
		for _, q := range queries() {
			r, one, two := local(t, s, q), pulled(t, c, q, Options{}), pulled(t, c, q, Options{})
			want := read(t, r, math.MaxInt)
			if len(want) < 2 {
				t.Fatalf("%+v: %d batches are too few to compare", q, len(want))
			}
			if got := read(t, one, math.MaxInt); !equal(got, want) {
				t.Errorf("%+v: %d batches differ from the %d of the files", q, len(got), len(want))
			}
			if got := read(t, two, math.MaxInt); !equal(got, want) {
				t.Errorf("%+v: a second pull differs", q)
			}
			if !bytes.Equal(one.Cursor(), r.Cursor()) {
				t.Errorf("%+v: the cursors differ", q)
			}
		}
	}
}

// TestCursorsGoOnAnywhere takes a cursor of one side to the other.
func TestCursorsGoOnAnywhere(t *testing.T) {
	s := walks(t, testserve.Options{})
	c := dial(t, s.URL)
	q := queries()[2]
	want := read(t, local(t, s, q), math.MaxInt)
	for n := range want {
		if n%5 > 0 {
			continue
		}
		first := pulled(t, c, q, Options{})
		got := read(t, first, n)
		rest := pulled(t, c, q, Options{Cursor: first.Cursor()})
		if got = append(got, read(t, rest, math.MaxInt)...); !equal(got, want) {
			t.Errorf("after %d of %d batches another epoch comes", n, len(want))
		}
		first.Close()
	}
	// Episodes that are added meanwhile don't count.
	first := pulled(t, c, q, Options{})
	got := read(t, first, 3)
	testtraj.FillFrom(t, filepath.Join(s.Dir, "walks"), testenv.Walk, 70, 100)
	if got = append(got, read(t, pulled(t, c, q, Options{Cursor: first.Cursor()}), math.MaxInt)...); !equal(got, want) {
		t.Error("a data set that grows changes what was begun")
	}
	if fresh := read(t, pulled(t, c, q, Options{}), math.MaxInt); len(fresh) <= len(want) {
		t.Error("a new pull does not see what was added")
	}
}

// TestCursorsOfARecording pulls while others record, and goes on from every
// cursor when the data set has grown, by shards of two splits and by policies:
// what was begun stays as it was.
func TestCursorsOfARecording(t *testing.T) {
	s := testserve.Start(t, testserve.Options{Store: store.Options{Fresh: 1, Writer: traj.WriterOptions{GroupSteps: 40}}})
	c := dial(t, s.URL)
	factory := testtraj.Factory(t, testenv.Walk, 100)
	q := sample.Query{Window: 5, Stride: 2, BatchSize: 16, Shuffle: true, PoolSteps: 100, Epochs: 2}
	type begun struct {
		cursor []byte
		first  [][]byte
	}
	var pulls []begun
	w, release, err := s.Store.Writer("walks", factory.Spec())
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	for n := range uint64(12) {
		for k := range uint64(3) {
			e := testtraj.Play(t, factory, []string{"m", "a", "z"}[n%3], 100*n+k, int(5+n))
			e.Split = []string{"train", "test"}[n/4%2]
			if _, err := w.Add(e); err != nil {
				t.Fatal(err)
			}
		}
		p := pulled(t, c, q, Options{})
		first := read(t, p, 1)
		pulls = append(pulls, begun{p.Cursor(), first})
		pulls[n].first = append(first, read(t, p, math.MaxInt)...)
		p.Close()
	}
	set, err := s.Store.Look("walks")
	if err != nil {
		t.Fatal(err)
	}
	defer set.Close()
	if n := len(set.Shards()); n != 12 {
		t.Errorf("%d shards were finished for 12 pulls", n)
	}
	for n, p := range pulls {
		if got := read(t, pulled(t, c, q, Options{Cursor: p.cursor}), math.MaxInt); len(got) == 0 || !equal(got, p.first[1:]) {
			t.Errorf("pull %d goes on otherwise than it began: %d batches, want %d", n, len(got), len(p.first)-1)
		}
	}
}

// cutter cuts connections after so many bytes of replies.
type cutter struct {
	transport http.Transport
	cuts      atomic.Int64
}

func newCutter(t testing.TB, every int64) *cutter {
	c := new(cutter)
	c.transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return &cutConn{Conn: conn, cutter: c, left: every}, nil
	}
	t.Cleanup(c.transport.CloseIdleConnections)
	return c
}

type cutConn struct {
	net.Conn
	cutter *cutter
	left   int64
}

func (c *cutConn) Read(p []byte) (int, error) {
	if c.left <= 0 {
		c.cutter.cuts.Add(1)
		c.Conn.Close()
	}
	if c.left < int64(len(p)) {
		p = p[:max(c.left, 1)]
	}
	n, err := c.Conn.Read(p)
	c.left -= int64(n)
	return n, err
}

// TestLostConnections cuts every connection in the middle of a batch.
func TestLostConnections(t *testing.T) {
	s := walks(t, testserve.Options{})
	for _, q := range queries() {
		want := read(t, local(t, s, q), math.MaxInt)
		longest := 0
		for _, batch := range want {
			longest = max(longest, len(batch))
		}
		c := newCutter(t, max(int64(longest)*3/2, 50_000))
		p := pulled(t, dial(t, s.URL, client.WithHTTPClient(&http.Client{Transport: &c.transport})), q, Options{})
		if got := read(t, p, math.MaxInt); !equal(got, want) {
			t.Errorf("%+v: batches were lost or came twice", q)
		}
		if c.cuts.Load() == 0 && q.Epochs > 1 {
			t.Errorf("%+v: nothing was cut", q)
		}
	}
}

// TestServerIsRestarted stops the server in the middle of a pull, and goes on
// with another at the same place.
func TestServerIsRestarted(t *testing.T) {
	s := walks(t, testserve.Options{})
	q := sample.Query{Window: 5, Stride: 1, BatchSize: 64, Shuffle: true, PoolSteps: 100, Epochs: 40}
	want := read(t, local(t, s, q), math.MaxInt)
	p := pulled(t, dial(t, s.URL), q, Options{})
	got := read(t, p, 20)
	s.Stop()
	testserve.Start(t, testserve.Options{Dir: s.Dir, Address: s.Address})
	if got = append(got, read(t, p, math.MaxInt)...); !equal(got, want) {
		t.Errorf("%d batches differ from the %d of the files", len(got), len(want))
	}
}

func TestServerIsGone(t *testing.T) {
	s := walks(t, testserve.Options{})
	p := pulled(t, dial(t, s.URL), sample.Query{Window: 1, BatchSize: 1, Epochs: 1000}, Options{Reconnects: 2})
	read(t, p, 1)
	s.Stop()
	for {
		_, err := p.Next(t.Context())
		if err == nil {
			continue // It was on its way already.
		}
		if !strings.Contains(err.Error(), "is it running?") {
			t.Errorf("a server that is gone: %v", err)
		}
		break
	}
}

// TestSilentServer gives up on a server that takes a pull and sends nothing.
func TestSilentServer(t *testing.T) {
	s := walks(t, testserve.Options{})
	target, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	var asked atomic.Int64
	silent := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, "/Pull") {
			proxy.ServeHTTP(w, r)
			return
		}
		asked.Add(1)
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	}))
	defer silent.Close()
	c := dial(t, silent.URL)
	p := pulled(t, c, sample.Query{}, Options{Reconnects: 2})
	p.timeout = 20 * time.Millisecond
	if _, err := p.Next(t.Context()); !errors.Is(err, errSilent) || asked.Load() != 3 {
		t.Errorf("after %d attempts: %v", asked.Load(), err)
	}
	// A caller who has no time gives up earlier.
	p.timeout = time.Hour
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		for asked.Load() < 4 {
			runtime.Gosched()
		}
		cancel()
	}()
	if _, err := p.Next(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("a pull that was given up: %v", err)
	}
}

// TestWorkers puts the parts of three workers together.
func TestWorkers(t *testing.T) {
	s := walks(t, testserve.Options{})
	c := dial(t, s.URL)
	q := sample.Query{Window: 4, BatchSize: 5, Shuffle: true, Seed: 3, PoolSteps: 200}
	whole := read(t, pulled(t, c, q, Options{}), math.MaxInt)
	parts := make([][][]byte, 3)
	var group sync.WaitGroup
	for k := range parts {
		q := q
		q.Worker, q.Workers = k, len(parts)
		p := pulled(t, c, q, Options{})
		group.Go(func() { parts[k] = read(t, p, math.MaxInt) })
	}
	group.Wait()
	for i := range whole {
		if k := i % len(parts); len(parts[k]) <= i/len(parts) || !bytes.Equal(parts[k][i/len(parts)], whole[i]) {
			t.Fatalf("batch %d is not that of worker %d", i, k)
		}
	}
}

// TestAbandonedPulls leaves nothing behind, here or at the server.
func TestAbandonedPulls(t *testing.T) {
	before := runtime.NumGoroutine()
	s := walks(t, testserve.Options{})
	c := dial(t, s.URL)
	q := sample.Query{Window: 5, Stride: 1, BatchSize: 512, Shuffle: true, PoolSteps: 100, Epochs: 1 << 20}
	var left []*Puller
	for n := range 12 {
		p := pulled(t, c, q, Options{Reconnects: 100})
		read(t, p, 1+n%3)
		if n%2 == 0 {
			p.Close()
			if _, err := p.Next(t.Context()); !errors.Is(err, errClosed) {
				t.Errorf("a closed puller: %v", err)
			}
			continue
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := p.Next(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("a pull that was given up: %v", err)
		}
		left = append(left, p) // The server stops while it is connected.
	}
	c.Close()
	s.Stop()
	for _, p := range left {
		p.Close()
	}
	for deadline := time.Now().Add(5 * time.Second); runtime.NumGoroutine() > before && time.Now().Before(deadline); {
		runtime.Gosched()
		http.DefaultTransport.(*http.Transport).CloseIdleConnections()
		time.Sleep(time.Millisecond)
	}
	if n := runtime.NumGoroutine(); n > before {
		stacks := make([]byte, 1<<16)
		t.Errorf("%d goroutines are left of %d:\n%s", n, before, stacks[:runtime.Stack(stacks, true)])
	}
}

func TestRefusals(t *testing.T) {
	s := walks(t, testserve.Options{Experience: experience.Options{MaxPoolSteps: 1000, MaxBatchBytes: 4000}})
	c := dial(t, s.URL)
	for name, test := range map[string]struct {
		query  sample.Query
		cursor []byte
		want   string
	}{
		"field":     {query: sample.Query{Fields: []string{"rewards"}}, want: `no field "rewards"`},
		"policy":    {query: sample.Query{Filter: sample.Filter{Policies: []string{"c"}}}, want: `known: ["a" "b"]`},
		"nothing":   {query: sample.Query{Filter: sample.Filter{CompleteOnly: true}}, want: "of 70 episodes 0 are complete"},
		"pool":      {query: sample.Query{Shuffle: true, PoolSteps: 1001}, want: "pool_steps is 1001: give at most 1000"},
		"batch":     {query: sample.Query{}, want: "batch_size is 64"},
		"negative":  {query: sample.Query{Window: -1}, want: "window is -1"},
		"too large": {query: sample.Query{Window: 1 << 40}, want: "window is"},
		"wide":      {query: sample.Query{Window: 1 << 21}, want: "window"},
		"worker":    {query: sample.Query{Worker: 2, Workers: 2}, want: "worker is 2"},
		"cursor":    {query: sample.Query{}, cursor: []byte("x"), want: "cursor is of version 120"},
		"longest":   {query: sample.Query{}, cursor: make([]byte, 4097), want: "cursor"},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := c.Pull(t.Context(), "walks", test.query, Options{Cursor: test.cursor})
			if err == nil {
				_, err = p.Next(t.Context())
				p.Close()
			}
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("got %v, want %q", err, test.want)
			}
			var field *env.FieldError
			var missing *env.NotFoundError
			if !errors.As(err, &field) && !errors.As(err, &missing) {
				t.Errorf("%v is neither a FieldError nor a NotFoundError", err)
			}
		})
	}
	var missing *env.NotFoundError
	if _, err := c.Pull(t.Context(), "runs", sample.Query{}, Options{}); !errors.As(err, &missing) || !slices.Equal(missing.Known, []string{"walks"}) {
		t.Errorf("an unknown data set: %v", err)
	}
	if _, err := c.Describe(t.Context(), "../walks"); err == nil || !strings.Contains(err.Error(), "letters") {
		t.Errorf("a name with slashes: %v", err)
	}
}

// TestDamage reads on up to a damaged place, and says where it is.
func TestDamage(t *testing.T) {
	s := walks(t, testserve.Options{})
	p := pulled(t, dial(t, s.URL), sample.Query{BatchSize: 1}, Options{})
	shards, err := fs.Glob(os.DirFS(s.Dir), "walks/data/*.parquet")
	if err != nil || len(shards) != 4 {
		t.Fatalf("%d shards: %v", len(shards), err)
	}
	path := filepath.Join(s.Dir, shards[2])
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	for i := range 200 {
		data[len(data)/6+i] = byte(random.Uint32())
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	n := 0
	for ; ; n++ {
		if _, err = p.Next(t.Context()); err != nil {
			break
		}
	}
	if n < 40 || n >= 60 || connect.CodeOf(err) != connect.CodeDataLoss || !strings.Contains(err.Error(), "validate --repair") || !strings.Contains(err.Error(), filepath.Base(path)) {
		t.Errorf("after %d episodes: %v", n, err)
	}
}

func TestTokens(t *testing.T) {
	s := walks(t, testserve.Options{Server: envserver.Options{Tokens: []envserver.Token{envserver.NewToken("ada", "a"), envserver.NewToken("bob", "b")}}})
	if _, err := dial(t, s.URL).List(t.Context()); connect.CodeOf(err) != connect.CodeUnauthenticated {
		t.Errorf("a call without a token: %v", err)
	}
	none, err := New(dial(t, s.URL).client).Pull(t.Context(), "walks", sample.Query{}, Options{})
	if connect.CodeOf(err) != connect.CodeUnauthenticated {
		t.Errorf("a pull without a token: %v, %v", none, err)
	}
	ada, bob := dial(t, s.URL, client.WithToken("a")), dial(t, s.URL, client.WithToken("b"))
	episode := testtraj.Play(t, testtraj.Factory(t, testenv.Walk, 10), "p", 1, 0)
	to := To{Dataset: "mine", Environment: testenv.Walk}
	if _, err := ada.Append(t.Context(), to, episode); err != nil {
		t.Fatal(err)
	}
	if _, err := bob.Describe(t.Context(), "mine"); connect.CodeOf(err) != connect.CodeNotFound {
		t.Errorf("another owner's data set: %v", err)
	}
	if _, err := ada.Describe(t.Context(), "mine"); err != nil {
		t.Errorf("one's own data set: %v", err)
	}
	to.Dataset = "walks"
	if _, err := ada.Append(t.Context(), to, episode); connect.CodeOf(err) != connect.CodeInvalidArgument || !strings.Contains(err.Error(), "none to add to") {
		t.Errorf("adding to what is there for all: %v", err)
	}
	p := pulled(t, bob, sample.Query{}, Options{})
	if n := len(read(t, p, math.MaxInt)); n != 2 {
		t.Errorf("%d batches of what is there for all, want 2", n)
	}
}

var _ sample.Source = (*Puller)(nil)
