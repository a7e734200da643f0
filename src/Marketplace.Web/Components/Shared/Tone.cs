namespace Marketplace.Web.Components.Shared;

/// <summary>What a state means. Colour and shape follow from it, so that colour is never alone.</summary>
public enum Tone
{
    /// <summary>Nothing to say: grey.</summary>
    Neutral,

    /// <summary>Works: jade, dot.</summary>
    Running,

    /// <summary>Waits for someone: amber, ring.</summary>
    Waiting,

    /// <summary>On its way: cobalt, diamond.</summary>
    Moving,

    /// <summary>Over: grey, hollow square.</summary>
    Ended,

    /// <summary>Broken: red, cross.</summary>
    Failed,

    /// <summary>Your own capacity: violet, square.</summary>
    Own,
}
