"""What people often say, and what Omi often sends: what a compressor of speech can refer to.

It changes no meaning; how speech is compressed is left to `packed`.
"""

from __future__ import annotations

# The most frequent comes last, where a reference to it is shortest.
_SAID = """
monday tuesday wednesday thursday friday saturday sunday january february march april august september october november
december eleven twelve thirteen fifteen twenty thirty forty fifty sixty hundred thousand million percent dollars euros
phone email message calendar remind remember reminder birthday doctor appointment hospital kitchen restaurant coffee
dinner lunch breakfast weather music picture computer software program application screen button control website
customer company business market money price product project presentation information department university
conversation experience language research science government president industry interface function technology design
material development production management discussion decision possible problem question example interesting important
different difficult especially sometimes everything something anything nothing everybody somebody anybody together
already although through against between without another because whether before during enough finally usually certainly
definitely obviously basically actually absolutely exactly probably really maybe perhaps please thanks children family
friends mother father brother sister husband parents house school teacher student water morning evening afternoon
tonight tomorrow yesterday minutes hours months years week today summer winter second third fourth number course point
reason story world country city street moment matter around across behind under above along always never often again
still later early later quickly almost instead rather better best worse great little small large short long high hard
easy right left wrong happy sorry funny nice pretty sure able whole same other every each such both several called
asked told tried used working looking talking thinking saying making taking getting giving trying using coming started
happened changed wanted needed looked turned moved showed played leave leaving meeting finish understand agree believe
suppose guess imagine explain describe decide consider include provide allow expect follow create build write read
learn speak listen happen bring start stop keep turn call find feel hear help hold show play move live open close
Hello. Hi. Good morning. Thank you very much. Thanks. Excuse me. I'm sorry. See you. Bye. No, no, no. Yeah, yeah.
Mm-hmm. Exactly. Of course. That's right. That's true. That's fine. Sounds good. All right. Alright. Okay, so. Oh,
okay. Right. Sure. Really? Why? What? Who? When? Where? How? Cool. Great. Well, I mean, um you know, uh like, so I
guess we could what do you think about this, how much is it, how many of them are there, is there a way to make it in
the middle of the at the end of the day, on the other hand, one of the things that, some of the people who, a couple
of, a bit more than the first time, the last two or three years ago, for example, as well as, at least, as far as, in
order to, instead of I would say, I don't think so, I think that's what I was going to say. I don't know if we can do
that. we're going to have to be able to, you have to, we need to, I want to, I wanted to, I'd like to, let's see, let
me, you can't, it doesn't, didn't, wasn't, isn't, aren't, won't, wouldn't, couldn't, shouldn't, haven't, there's a,
he's, she's, they're, you're, you've, I've, we've, I'll, we'll, you'll, it'll, they'll, that'd be, what's, who's,
here's, if you want to, when you are because I have been, they were, he was, she said, we had, you did, who would,
should be, could be, might be, must, may, how about, after that, just like, kind of, sort of, a lot of, out of the, up
to, over there, down, back, off, away, into only, even, also, too, then, than, these, those, them, their, there, they,
her, him, his, our, us, my, me, any, more, most, much, many, very, good, new, old, big, own, day, way, thing, things,
man, people, time, look, come, take, make, give, put, say, said, tell, see, get, got, go, work, need, want, mean, know,
think, was, were, has, had, been, will, can, which, who, what, when, where, how, why, here, now, well, yes, no, not,
or, by, an, from, as, at, but, if, so, just, about, like, all, one, two, three, do, did, don't, we're, I'm, it's,
that's, have, with, they, be, are, on, for, this, is in, it is, we, you, that, and, of, to, a, the and the of the in
the on the to the for the that the with the it's a is a and I if you and then and you know, I think you know. Um, uh,
Okay. Yeah. Mm. And so the I mean. But the So,"""
_SENT = '","So ","Yeah.","Okay.",null,null,null,null],["SPEAKER_01",1,null,false],["SPEAKER_00",0,null,true,null'
OFTEN_SAID = (_SAID.replace("\n", " ") + _SENT).encode()
