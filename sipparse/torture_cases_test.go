package sipparse

var tortureCases []struct{ name, msg string }
