using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using Marketplace.E2E.Pages;
using Microsoft.Playwright;

namespace Marketplace.E2E.Hosting;

/// <summary>A flow's people and its evidence: when it fails, a picture of each person's page (and with <c>E2E_TRACE=1</c> the trace) goes to <c>TestResults/e2e</c>.</summary>
public abstract class Flow(RunningPortal portal)
{
    private readonly List<Visitor> people = [];

    protected RunningPortal Portal => portal;

    /// <summary>A name nobody else uses, so that flows do not see each other.</summary>
    protected static string Fresh(string name) =>
        name + "-" + (TimeProvider.System.GetTimestamp() % 100_000_000).ToString(CultureInfo.InvariantCulture);

    protected Task<Visitor> ArriveAsync(int width = 1440, string locale = "en-US", ColorScheme scheme = ColorScheme.Light) =>
        KeepAsync(Visitor.ArriveAsync(portal, width, locale, scheme));

    /// <summary>Somebody who has signed in, in this flow or in one before: a browser of its own with the session it remembers.</summary>
    protected async Task<Visitor> SignedInAsync(string email, int width = 1440, string locale = "en-US")
    {
        if (portal.Remembered.TryGetValue(email, out string? remembered))
        {
            Visitor back = await KeepAsync(Visitor.ArriveAsync(portal, width, locale, remembered: remembered));
            await back.OpenAsync("/");
            return back;
        }
        Visitor visitor = await ArriveAsync(width, locale);
        await visitor.SignInAsync(email);
        // Flows that end sessions do so to people of their own; those of the demo network stay signed in.
        if (email.EndsWith("@demo.example", StringComparison.Ordinal))
            portal.Remembered[email] = await visitor.RememberedAsync();
        return visitor;
    }

    private async Task<Visitor> KeepAsync(Task<Visitor> arriving)
    {
        Visitor visitor = await arriving;
        people.Add(visitor);
        return visitor;
    }

    protected async Task<Visitor> OpenTabAsync(Visitor visitor, string locale = "en-US")
    {
        Visitor tab = await visitor.OpenTabAsync(locale);
        people.Add(tab);
        return tab;
    }

    protected async Task PlayAsync(Func<Task> flow, [CallerMemberName] string name = "")
    {
        try
        {
            await flow();
            foreach (Visitor visitor in people)
                visitor.NothingWentWrong();
        }
        catch
        {
            await KeepEvidenceAsync(name);
            throw;
        }
        finally
        {
            foreach (Visitor visitor in people)
                await visitor.DisposeAsync();
            people.Clear();
        }
    }

    /// <summary>A picture for people who review the pages, in <c>TestResults/e2e</c>.</summary>
    protected static Task PictureAsync(Visitor visitor, string name) =>
        visitor.Page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(Folder(), name + ".png"), FullPage = true });

    private static string Folder()
    {
        string root = typeof(Flow).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "RepositoryRoot").Value!;
        return Directory.CreateDirectory(Path.Combine(root, "TestResults", "e2e")).FullName;
    }

    private async Task KeepEvidenceAsync(string name)
    {
        string folder = Folder();
        for (int i = 0; i < people.Count; i++)
        {
            try
            {
                string person = string.Create(CultureInfo.InvariantCulture, $"{GetType().Name}.{name}.{i + 1}");
                await people[i].KeepEvidenceAsync(Path.Combine(folder, person));
            }
            catch (PlaywrightException)
            {
                // A page that is gone leaves no evidence; the flow's own failure is what counts.
            }
        }
    }
}
