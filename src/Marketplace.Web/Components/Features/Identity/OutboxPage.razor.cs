using System.Text.RegularExpressions;
using Marketplace.Web.Identity.Mail;

namespace Marketplace.Web.Components.Features.Identity;

/// <summary>Mail that no server takes, on the developer's own machine; 404 everywhere else.</summary>
public partial class OutboxPage
{
    private bool Open { get; set; }

    private IReadOnlyList<MailView> Mails { get; set; } = [];

    protected override async Task OnInitializedAsync()
    {
        Open = await AskAsync<LocalOutbox, bool>(outbox => Task.FromResult(outbox.IsOpen));
        if (Open)
            Mails = await AskAsync<LocalOutbox, IReadOnlyList<MailView>>(outbox => outbox.ReadAsync(Http.RequestAborted));
        else
            Navigation.NotFound();
    }

    private static IEnumerable<(string Text, bool IsLink)> Parts(string body) =>
        Link().Split(body).Where(part => part.Length > 0).Select(part => (part, part.StartsWith("http", StringComparison.Ordinal)));

    [GeneratedRegex(@"(https?://\S+)", RegexOptions.None, 1000)]
    private static partial Regex Link();
}
