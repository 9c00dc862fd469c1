namespace ContentMonster.Shore;

/// <summary>An open directory for the length of one call: closed at its end, unless somebody holds it for longer.</summary>
internal readonly ref struct Folder(Descriptor open, bool own)
{
    public Descriptor Open => open;

    public void Dispose()
    {
        if (own)
        {
            open.Dispose();
        }
    }
}
