namespace ContentMonster.Shore;

internal enum WriterVerdict { Free, Writing, Unknown }
