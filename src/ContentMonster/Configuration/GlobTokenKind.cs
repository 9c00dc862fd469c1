namespace ContentMonster.Configuration;

internal enum GlobTokenKind
{
    /// <summary>One character: a certain one, any ("?"), or one of a set ("[...]").</summary>
    One,

    /// <summary>"*": any within one element of the path.</summary>
    Star,

    /// <summary>"**": any across elements.</summary>
    DoubleStar,

    /// <summary>"**/" at the beginning of an element: any number of whole directories, also none.</summary>
    Directories,
}
