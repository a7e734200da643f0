namespace Marketplace.Web.Components.Layout.Navigation;

/// <summary>Which workspace a path belongs to, and what its rail holds.</summary>
public static class Workspaces
{
    /// <summary>The workspace of a path: <c>/center</c>, <c>/operator</c> and <c>/admin</c> have their own, everything else is the customer's.</summary>
    public static WorkspaceKind Of(string path)
    {
        var first = path.TrimStart('/').Split('/', '?', '#')[0];
        return first switch
        {
            "center" => WorkspaceKind.Center,
            "operator" => WorkspaceKind.Operator,
            "admin" => WorkspaceKind.Admin,
            _ => WorkspaceKind.Customer,
        };
    }

    /// <summary>The rail's entries whose pages exist.</summary>
    public static IReadOnlyList<NavSection> Sections(WorkspaceKind kind) => Existing(All(kind), PageRoutes.Exists);

    /// <summary>The first existing page of a workspace; <c>/</c> when it has none yet.</summary>
    public static string HomeOf(WorkspaceKind kind) => Sections(kind).SelectMany(section => section.Items).FirstOrDefault()?.Href ?? "/";

    /// <summary>The entry whose page, or a page below it, is shown.</summary>
    public static NavItem? ItemOf(string path)
    {
        var local = "/" + path.TrimStart('/').Split('?', '#')[0];
        return Sections(Of(local))
            .SelectMany(section => section.Items)
            .Where(item => local == item.Href || local.StartsWith(item.Href + "/", StringComparison.Ordinal))
            .MaxBy(item => item.Href.Length);
    }

    internal static IReadOnlyList<NavSection> All(WorkspaceKind kind) =>
        kind switch
        {
            WorkspaceKind.Customer => CustomerNav.Sections,
            WorkspaceKind.Center => CenterNav.Sections,
            WorkspaceKind.Operator => OperatorNav.Sections,
            WorkspaceKind.Admin => AdminNav.Sections,
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "No such workspace."),
        };

    internal static IReadOnlyList<NavSection> Existing(IReadOnlyList<NavSection> sections, Func<string, bool> exists) =>
        [
            .. sections
                .Select(section => section with { Items = [.. section.Items.Where(item => exists(item.Href))] })
                .Where(section => section.Items.Count > 0),
        ];
}
