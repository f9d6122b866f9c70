package public

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"trailblazer/internal/filehash"
)

// DefaultBase is where the repositories' files are served.
const DefaultBase = "https://raw.githubusercontent.com"

// maxUnpinned bounds a file whose size is not pinned.
const maxUnpinned = 64 << 20

// StatusError is an answer that is no file.
type StatusError struct {
	URL    string
	Status int
}

// Error names the remedy.
func (e *StatusError) Error() string {
	remedy := "try again later, or give another source with --mirror"
	switch e.Status {
	case http.StatusNotFound, http.StatusGone:
		remedy = "the source no longer has it: give another one with --mirror"
	case http.StatusForbidden, http.StatusUnauthorized, http.StatusProxyAuthRequired:
		remedy = "the source or a proxy refuses it: check HTTPS_PROXY, or give another source with --mirror"
	}
	return fmt.Sprintf("%s: answered %d %s; %s", e.URL, e.Status, http.StatusText(e.Status), remedy)
}

// retry reports whether the same request may succeed later.
func (e *StatusError) retry() bool {
	return e.Status >= 500 || e.Status == http.StatusTooManyRequests || e.Status == http.StatusRequestTimeout
}

// ContentError is a file that is not the published one.
type ContentError struct {
	URL, Want, Got string
}

// Error names the remedy.
func (e *ContentError) Error() string {
	return fmt.Sprintf("%s: is not the file that was published: %s, not %s; nothing of it is kept: try again, or give another source with --mirror", e.URL, e.Got, e.Want)
}

// fetcher fetches files over HTTP.
type fetcher struct {
	client *http.Client
	base   string
	tries  int
	// wait sleeps before the n-th further try.
	wait func(ctx context.Context, n int) error
	// progress is called with bytes as they come.
	progress func(n int64)
}

// url is where a file is.
func (f *fetcher) url(remote string) string {
	parts := strings.Split(remote, "/")
	for i, part := range parts {
		parts[i] = url.PathEscape(part)
	}
	return strings.TrimSuffix(f.base, "/") + "/" + strings.Join(parts, "/")
}

// fetch makes file the published one. It reports false if it was already. What
// comes lies in file.part until it is whole and checked; a part that is there is
// gone on with.
func (f *fetcher) fetch(ctx context.Context, file string, want File) (bool, error) {
	if sum, err := filehash.SHA256(file); err == nil && (want.SHA256 == "" || sum == want.SHA256) {
		return false, nil
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
		return false, err
	}
	part := file + ".part"
	_, err := os.Stat(part)
	stale := err == nil
	for try := range f.tries {
		if try > 0 {
			if err := f.wait(ctx, try); err != nil {
				return false, err
			}
		}
		if err = f.attempt(ctx, part, want); err == nil {
			return true, os.Rename(part, file)
		}
		// What differs may have begun with something else, which is gone now.
		other := (*ContentError)(nil)
		fresh := stale && errors.As(err, &other)
		stale = false
		if !fresh && !again(ctx, err) {
			break
		}
	}
	return false, err
}

// again reports whether another try may help: after failures of the network and
// of servers.
func again(ctx context.Context, err error) bool {
	if ctx.Err() != nil {
		return false
	}
	if status := (*StatusError)(nil); errors.As(err, &status) {
		return status.retry()
	}
	content, path := (*ContentError)(nil), (*fs.PathError)(nil)
	return !errors.As(err, &content) && !errors.As(err, &path)
}

// attempt fetches what part lacks and checks the whole.
func (f *fetcher) attempt(ctx context.Context, part string, want File) error {
	where := f.url(want.Remote)
	sum := sha256.New()
	have, err := readPart(part, want, sum)
	if err != nil {
		return err
	}
	if want.Size == 0 || have < want.Size {
		if have, err = f.download(ctx, where, part, want, have, sum); err != nil {
			return err
		}
	}
	got := hex.EncodeToString(sum.Sum(nil))
	content := &ContentError{URL: where, Want: fmt.Sprintf("%d bytes with SHA-256 %.12s...", want.Size, want.SHA256), Got: fmt.Sprintf("%d bytes with %.12s...", have, got)}
	if want.SHA256 != "" && (got != want.SHA256 || have != want.Size) {
		os.Remove(part)
		return content
	}
	return nil
}

// readPart takes what an earlier try left; a part that is longer than the whole
// counts for nothing, and so does one whose end is not known.
func readPart(part string, want File, sum hash.Hash) (int64, error) {
	file, err := os.Open(part)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	} else if err != nil {
		return 0, err
	}
	defer file.Close()
	have, err := io.Copy(sum, file)
	if err != nil {
		return 0, err
	}
	if have > want.Size {
		sum.Reset()
		return 0, os.Remove(part)
	}
	return have, nil
}

// download appends to part from byte have on, and returns its length.
func (f *fetcher) download(ctx context.Context, where, part string, want File, have int64, sum hash.Hash) (int64, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, where, nil)
	if err != nil {
		return have, err
	}
	if have > 0 {
		request.Header.Set("Range", fmt.Sprintf("bytes=%d-", have))
	}
	// Ranges are of the file itself, so no encoding must be put around it.
	request.Header.Set("Accept-Encoding", "identity")
	response, err := f.client.Do(request)
	if err != nil {
		return have, offline(err)
	}
	defer response.Body.Close()
	flags := os.O_CREATE | os.O_WRONLY
	switch {
	case response.StatusCode == http.StatusPartialContent && have > 0 && strings.HasPrefix(response.Header.Get("Content-Range"), fmt.Sprintf("bytes %d-", have)):
		flags |= os.O_APPEND
	case response.StatusCode == http.StatusOK:
		// From the beginning, whatever was asked for.
		flags |= os.O_TRUNC
		have = 0
		sum.Reset()
	case response.StatusCode == http.StatusRequestedRangeNotSatisfiable, response.StatusCode == http.StatusPartialContent:
		os.Remove(part)
		return 0, &StatusError{URL: where, Status: http.StatusRequestTimeout}
	default:
		return have, &StatusError{URL: where, Status: response.StatusCode}
	}
	file, err := os.OpenFile(part, flags, 0o666)
	if err != nil {
		return have, err
	}
	most := want.Size
	if most == 0 {
		most = maxUnpinned
	}
	n, err := io.Copy(io.MultiWriter(file, sum, counter(f.progress)), io.LimitReader(response.Body, most-have+1))
	have += n
	if closeErr := file.Close(); closeErr != nil {
		return have, closeErr
	}
	if err != nil {
		return have, offline(err)
	}
	if have > most {
		os.Remove(part)
		return have, &ContentError{URL: where, Want: fmt.Sprintf("%d bytes", most), Got: "more bytes"}
	}
	if want.Size > 0 && have < want.Size {
		return have, fmt.Errorf("%s: ended after %d of %d bytes; run the command again to go on", where, have, want.Size)
	}
	return have, nil
}

// counter tells how much was written.
type counter func(n int64)

func (c counter) Write(p []byte) (int, error) {
	if c != nil {
		c(int64(len(p)))
	}
	return len(p), nil
}

// offline adds a remedy to an error of the network; those of files stay.
func offline(err error) error {
	if path := (*fs.PathError)(nil); errors.As(err, &path) || errors.Is(err, context.Canceled) {
		return err
	}
	return fmt.Errorf("%w; check the network, set HTTPS_PROXY, or give another source with --mirror: what has come is kept, and the same command goes on", err)
}

// backOff waits 1 s, 2 s, 4 s...
func backOff(ctx context.Context, n int) error {
	timer := time.NewTimer(time.Second << (n - 1))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
