namespace Marketplace.Web.Components.Layout.Navigation;

/// <summary>One hit in the Ctrl K palette. Texts are already in the person's language.</summary>
public sealed record SearchHit(string Group, string Title, string? Note, string Href);

/// <summary>Answers the palette beyond the pages it knows itself. Scoped; any number may be registered.</summary>
public interface ISearchSource
{
    /// <summary>At most <paramref name="limit"/> hits that this person may see.</summary>
    Task<IReadOnlyList<SearchHit>> FindAsync(WorkspaceKind workspace, string text, int limit, CancellationToken cancellation);
}
