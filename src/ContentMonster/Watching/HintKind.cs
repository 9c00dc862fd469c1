namespace ContentMonster.Watching;

internal enum HintKind
{
    /// <summary>A name that is new, made here: by a writer who goes on, or by ln.</summary>
    Made,

    /// <summary>Changed in some way.</summary>
    Touched,

    /// <summary>A writer closed it, or it was moved here.</summary>
    Closed,

    Gone,
    DirectoryAppeared,
    DirectoryGone,

    /// <summary>Hints were lost: only a scan can tell.</summary>
    Lost,

    /// <summary>Something happened to Location itself.</summary>
    RootTouched,
}
