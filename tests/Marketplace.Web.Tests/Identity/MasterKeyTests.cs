using System.Text;
using Marketplace.Web.Identity.Keys;
using Microsoft.Extensions.Configuration;

namespace Marketplace.Web.Tests.Identity;

/// <summary>The key file is made once, whoever comes first, and only this account may read it.</summary>
public sealed class MasterKeyTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("master-key-");

    [Fact]
    public async Task Hosts_that_start_together_agree_on_one_key()
    {
        using var gate = new Barrier(8);
        var loads = Enumerable
            .Range(0, gate.ParticipantCount)
            .Select(_ =>
                Task.Factory.StartNew(
                    () =>
                    {
                        gate.SignalAndWait();
                        return MasterKey.Load(Settings());
                    },
                    TaskCreationOptions.LongRunning
                )
            )
            .ToList();
        MasterKey[] keys = await Task.WhenAll(loads);
        byte[] sealedText = keys[0].Encrypt(Encoding.UTF8.GetBytes("kubeconfig"));
        Assert.All(keys, key => Assert.Equal("kubeconfig", Encoding.UTF8.GetString(key.Decrypt(sealedText))));
        FileInfo left = Assert.Single(folder.GetFiles());
        Assert.Equal("master.key", left.Name);
        Assert.Equal(32, left.Length);
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, left.UnixFileMode);
    }

    [Fact]
    public void A_restart_finds_the_same_key()
    {
        byte[] sealedText = MasterKey.Load(Settings()).Encrypt([1, 2, 3]);
        Assert.Equal([1, 2, 3], MasterKey.Load(Settings()).Decrypt(sealedText));
    }

    [Fact]
    public void A_setting_that_is_no_key_names_itself_and_the_fix()
    {
        var settings = Settings((MasterKey.Setting, "short"));
        string message = Assert.Throws<InvalidOperationException>(() => MasterKey.Load(settings)).Message;
        Assert.Contains(MasterKey.Setting, message, StringComparison.Ordinal);
        Assert.Contains("openssl rand -base64 32", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cut_file_is_never_replaced_by_a_new_key()
    {
        string file = Path.Combine(folder.FullName, "master.key");
        File.WriteAllBytes(file, [1, 2, 3]);
        string message = Assert.Throws<InvalidOperationException>(() => MasterKey.Load(Settings())).Message;
        Assert.Contains(file, message, StringComparison.Ordinal);
        Assert.Equal([1, 2, 3], File.ReadAllBytes(file));
    }

    public void Dispose() => folder.Delete(recursive: true);

    private IConfiguration Settings(params (string Key, string Value)[] more) =>
        new ConfigurationBuilder()
            .AddInMemoryCollection(more.ToDictionary(m => m.Key, m => (string?)m.Value, StringComparer.Ordinal))
            .AddInMemoryCollection(new Dictionary<string, string?>(StringComparer.Ordinal) { ["Data:Directory"] = folder.FullName })
            .Build();
}
