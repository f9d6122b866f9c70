// Package testabr opens what tests of the video player play: traces and videos
// of a data set or an excerpt ([Set]), and environments ([OpenFactory]).
package testabr
