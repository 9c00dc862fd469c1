namespace ContentMonster.Shore;

/// <summary>
/// An open directory for the length of one call. One that somebody holds for longer is not closed at the call's end, nor, while it lasts, by that holder.
/// </summary>
internal readonly ref struct Folder
{
    private readonly bool _own;

    public Folder(Descriptor open, bool own)
    {
        (Open, _own) = (open, own);
        if (!own)
        {
            bool counted = false;
            open.DangerousAddRef(ref counted);
        }
    }

    public Descriptor Open { get; }

    public void Dispose()
    {
        if (_own)
        {
            Open.Dispose();
        }
        else
        {
            Open.DangerousRelease();
        }
    }
}
