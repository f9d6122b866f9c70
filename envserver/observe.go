package envserver

import (
	"context"
	"io"
	"math"
	"net/http"
	"strconv"
	"time"

	"connectrpc.com/connect"
	"github.com/rs/zerolog"
)

// call is what the HTTP layer and the handlers tell each other about one call.
type call struct {
	owner     string
	bearer    string // owner, but empty where no token is asked for.
	procedure string
	control   *http.ResponseController

	// Set by the handlers.
	session  string
	err      error
	answered bool // A handler answered, so that err says how.
}

type callKey struct{}

// callOf returns the call of a context made by observed.
func callOf(ctx context.Context) *call {
	c, ok := ctx.Value(callKey{}).(*call)
	if !ok {
		return &call{owner: anonymous}
	}
	return c
}

// observed lets calls with a token in, and counts and logs all.
func (s *Server) observed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begin := time.Now()
		watched := &watchedWriter{ResponseWriter: w, timeout: s.options.WriteTimeout}
		watched.control = http.NewResponseController(w)
		// Connect writes a unary reply of its own protocol at once.
		contentType := r.Header.Get("Content-Type")
		watched.whole = contentType == "application/proto" || contentType == "application/json"
		// A little more than a message, so that Connect names the limit.
		body := &watchedBody{ReadCloser: r.Body, limit: int64(s.options.MaxMessageBytes) + 64<<10}
		c := &call{procedure: r.URL.Path, control: watched.control}
		if method := s.methods[r.URL.Path]; method != nil {
			watched.stream = method.IsStreamingServer() && !method.IsStreamingClient()
			if method.IsStreamingClient() {
				// A stream may rest, and be as long as it likes.
				body.limit = math.MaxInt64
				_ = watched.control.SetReadDeadline(time.Time{})
			}
		}
		var err error
		if c.owner, err = s.authenticate(r); err != nil {
			c.err, c.answered = err, true
			_ = s.errWriter.Write(watched, r, err)
		} else {
			c.bearer = s.bearer(c.owner)
			r = r.WithContext(context.WithValue(r.Context(), callKey{}, c))
			r.Body = body
			next.ServeHTTP(watched, r)
		}
		s.observe(c, codeOf(c, watched.status), time.Since(begin), body.read, watched.written)
	})
}

// protected lets requests with a token in.
func (s *Server) protected(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := s.authenticate(r); err != nil {
			_ = s.errWriter.Write(w, r, err)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// observe counts and logs a call that has ended.
func (s *Server) observe(c *call, code connect.Code, took time.Duration, read, written int64) {
	s.metrics.observe(c.procedure, code, took, read, written)
	log := s.options.Logger.WithLevel(s.levelOf(c, code))
	if !log.Enabled() {
		return
	}
	log = log.Str("procedure", s.metrics.nameOf(c.procedure)).
		Str("owner", c.owner).Str("code", codeName(code)).Dur("took_ms", took).Int64("read", read).Int64("written", written)
	if c.session != "" {
		log = log.Str("session", c.session)
	}
	if c.err != nil {
		log = log.Err(c.err)
	}
	log.Msg("call")
}

// levelOf returns debug for what an agent does many times a second, error for
// faults of the server, and info for the rest.
func (s *Server) levelOf(c *call, code connect.Code) zerolog.Level {
	switch {
	case code == connect.CodeInternal:
		return zerolog.ErrorLevel
	case code == 0 && s.frequent[c.procedure]:
		return zerolog.DebugLevel
	}
	return zerolog.InfoLevel
}

// codeOf returns a call's outcome, 0 for ok. Where no handler was reached (a
// message that could not be read), the HTTP status says it.
func codeOf(c *call, status int) connect.Code {
	switch {
	case c.err != nil:
		return connect.CodeOf(c.err)
	case c.answered || status == 0 || status == http.StatusOK:
		return 0
	case status == http.StatusBadRequest:
		return connect.CodeInvalidArgument
	case status == http.StatusTooManyRequests:
		return connect.CodeResourceExhausted
	case status == http.StatusNotFound || status == http.StatusNotImplemented:
		return connect.CodeUnimplemented
	}
	return connect.CodeUnknown
}

// watchedWriter counts what is written, and gives each write a deadline, so
// that a peer that stops reading holds nothing for ever.
type watchedWriter struct {
	http.ResponseWriter
	control *http.ResponseController
	timeout time.Duration
	// whole says that the first write brings all of the reply.
	whole bool
	// stream says that one request brings replies for as long as they like.
	stream  bool
	status  int
	written int64
}

func (w *watchedWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

func (w *watchedWriter) Write(p []byte) (int, error) {
	_ = w.control.SetWriteDeadline(time.Now().Add(w.timeout))
	if w.whole && w.status == 0 && w.written == 0 {
		// Saves the chunks that a reply of unknown length travels in.
		w.Header()["Content-Length"] = []string{strconv.Itoa(len(p))}
	}
	if w.stream && w.written == 0 {
		// The time for the request is over; it must not end the replies.
		_ = w.control.SetReadDeadline(time.Time{})
	}
	n, err := w.ResponseWriter.Write(p)
	w.written += int64(n)
	return n, err
}

// Flush implements http.Flusher, which streams need. With the deadline left
// standing, HTTP/2 would reset a stream that rests.
func (w *watchedWriter) Flush() {
	_ = w.control.Flush()
	_ = w.control.SetWriteDeadline(time.Time{})
}

// Unwrap lets http.ResponseController find the writer inside.
func (w *watchedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// watchedBody counts what is read, and ends a request that is longer than any
// message: Connect would read on to its end.
type watchedBody struct {
	io.ReadCloser
	limit, read int64
}

func (b *watchedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.read += int64(n)
	if b.read > b.limit {
		return 0, &http.MaxBytesError{Limit: b.limit}
	}
	return n, err
}
