// Package survey runs a survey: it looks at the domains of a list, several at once and no faster than told, and writes
// what was seen into a file from which an interrupted run goes on. It decides nothing about a domain; what is looked
// for and what a report makes of it is in policy/survey.
package survey
