using Microsoft.AspNetCore.Components;

namespace Marketplace.Web.Components.Layout;

/// <summary>
/// For pages without a circuit: sign-in, sign-up, invitations, errors. Put
/// <c>@attribute [ExcludeFromInteractiveRouting]</c> and <c>@layout StaticLayout</c> on the page, and a <see cref="StaticCard"/> inside.
/// </summary>
public partial class StaticLayout
{
    [Inject]
    private NavigationManager Navigation { get; set; } = default!;

    private string Path => "/" + Navigation.ToBaseRelativePath(Navigation.Uri);
}
