namespace ContentMonster.Configuration;

/// <summary>What becomes of a source file that every vessel has.</summary>
public enum OnComplete { Move, Delete, Keep }
