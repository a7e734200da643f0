using Marketplace.Platform.Outcomes;
using Marketplace.Web.Components.Shared.Grid;
using Marketplace.Web.Identity.Credentials;
using Microsoft.AspNetCore.Components;

namespace Marketplace.Web.Components.Features.Identity;

/// <summary>A list of API keys or OAuth clients.</summary>
public partial class CredentialGrid
{
    [Parameter, EditorRequired]
    public string Caption { get; set; } = "";

    [Parameter, EditorRequired]
    public string EmptyText { get; set; } = "";

    [Parameter, EditorRequired]
    public string Prefix { get; set; } = "";

    [Parameter, EditorRequired]
    public Func<CancellationToken, Task<Outcome<IReadOnlyList<CredentialView>>>> Load { get; set; } = default!;

    [Parameter]
    public bool MayRevoke { get; set; }

    [Parameter]
    public EventCallback<CredentialView> OnRevoke { get; set; }

    private DataGrid<CredentialView> Grid { get; set; } = default!;

    public Task ReloadAsync() => Grid.ReloadAsync();

    private async Task<GridPage<CredentialView>> ReadAsync(GridQuery query, CancellationToken ct) =>
        SmallGrid.From(
            await Load(ct),
            query,
            credential => $"{credential.Name} {credential.Hint} {credential.Id}",
            new(StringComparer.Ordinal)
            {
                ["name"] = credential => credential.Name,
                ["used"] = credential => credential.LastUsedAt ?? DateTimeOffset.MinValue,
                ["expires"] = credential => credential.ExpiresAt ?? DateTimeOffset.MaxValue,
            }
        );
}
