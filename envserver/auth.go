package envserver

import (
	"bufio"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"connectrpc.com/connect"
)

// anonymous owns the sessions of a server without tokens.
const anonymous = "anonymous"

// Token lets its bearer act as an owner. It keeps the secret's hash only.
type Token struct {
	Owner string
	hash  [sha256.Size]byte
}

// NewToken makes the token of an owner.
func NewToken(owner, secret string) Token {
	return Token{Owner: owner, hash: sha256.Sum256([]byte(secret))}
}

// ReadTokens reads a token file: lines of the form owner:token; empty lines
// and those that start with # are skipped. An owner may have several tokens.
func ReadTokens(r io.Reader) ([]Token, error) {
	var tokens []Token
	lines := bufio.NewScanner(r)
	for number := 1; lines.Scan(); number++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		owner, secret, ok := strings.Cut(line, ":")
		owner, secret = strings.TrimSpace(owner), strings.TrimSpace(secret)
		if !ok || owner == "" || secret == "" {
			return nil, fmt.Errorf("token file, line %d: write owner:token", number)
		}
		tokens = append(tokens, NewToken(owner, secret))
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("token file: %w", err)
	}
	if len(tokens) == 0 {
		return nil, errors.New("token file: no token in it; write lines of the form owner:token")
	}
	return tokens, nil
}

var errUnauthenticated = errors.New("no valid token: send the header Authorization: Bearer TOKEN")

// authenticate returns the owner whose token the request bears.
func (s *Server) authenticate(r *http.Request) (string, error) {
	if len(s.options.Tokens) == 0 {
		return anonymous, nil
	}
	scheme, secret, ok := strings.Cut(r.Header.Get("Authorization"), " ")
	if ok && strings.EqualFold(scheme, "Bearer") {
		hash := sha256.Sum256([]byte(strings.TrimSpace(secret)))
		owner := -1
		for i := range s.options.Tokens { // All of them, to take the same time.
			if subtle.ConstantTimeCompare(hash[:], s.options.Tokens[i].hash[:]) == 1 {
				owner = i
			}
		}
		if owner >= 0 {
			return s.options.Tokens[owner].Owner, nil
		}
	}
	return "", connect.NewError(connect.CodeUnauthenticated, errUnauthenticated)
}

// bearer returns an owner's name to those who keep things by owner: none where
// no token is asked for, so that all have the same things.
func (s *Server) bearer(owner string) string {
	if len(s.options.Tokens) == 0 {
		return ""
	}
	return owner
}
